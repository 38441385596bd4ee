import { formatDuration, formatSize } from "../../shared/settings/quantity.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { EXIT, type ExitCode, localError, systemReason } from "../client_error.ts";
import type { ClientIo } from "../client_io.ts";
import type { CommandContext } from "../command_context.ts";
import type { OnWaiting } from "../network/waits.ts";
import { conflictAsker } from "../remote/conflict_asker.ts";
import { parseRemotePath, shownPath } from "../remote/remote_path.ts";
import type { OpenRemote } from "../remote/remotes.ts";
import { onInterruption } from "../remote/transfer_report.ts";
import { toldWaits } from "../remote/told_waits.ts";
import type { SendTreeSettings } from "../settings/send_settings.ts";

/** Bytes that are read at once. */
const READ = 256 * 1024;

/** Sends standard input as one file, and reports it. Throws a `ClientError`. */
export async function runSendStream(
  { files, as, onConflict, json, quiet }: SendTreeSettings,
  context: CommandContext,
  open: (onWaiting: OnWaiting) => Promise<OpenRemote>,
): Promise<ExitCode> {
  const { io, screen, stdout } = context;
  if (files.length > 1) {
    throw localError("bad-command-line", "Standard input is sent alone: send - --as PATH");
  }
  if (as === undefined || as.endsWith("/")) {
    throw localError("bad-command-line", "Standard input has no name; give it one with --as PATH");
  }
  let to = parseRemotePath(as);
  if (to.length === 0) throw localError("bad-command-line", "--as names a file, not the root");
  const begun = io.clock.now();
  await using remote = await open(toldWaits(context, { json }));
  const there = await remote.entry(to);
  let tag = there === undefined || there.kind === "folder" ? undefined : there.tag;
  const isOurs = there !== undefined && tag !== undefined &&
    await remote.sentBefore(there.path, tag);
  if (there !== undefined && !isOurs) {
    const conflict = { path: shownPath(to), there: there.kind, mayReplace: tag !== undefined };
    const choice = await conflictAsker(onConflict, context)(conflict);
    if (choice === "skip") {
      const line = { file: "-", status: "skipped", path: shownPath(to), server: remote.server };
      if (json) stdout.write(`${JSON.stringify(line)}\n`);
      else if (!quiet) stdout.write(`${quotedPath(shownPath(to))} skipped\n`);
      return EXIT.sent;
    }
    if (choice === "rename") {
      to = await freePath(remote, to);
      tag = undefined;
    } else if (choice !== "replace" || tag === undefined) {
      const ways = tag === undefined ? "skip or rename" : "replace, skip or rename";
      throw localError(
        "name-conflict",
        `${quotedPath(shownPath(to))} is a ${there.kind} there already; give another path, or ` +
          `say what to do with --on-conflict (${ways})`,
      );
    }
  }
  let size = 0;
  screen.begin();
  onInterruption(context, () => "nothing was stored; what comes from a pipe has to come again");
  const sent = await remote.sendStream(piecesOf(io.stdin), {
    to,
    // Judged when it is recorded, hours later perhaps.
    ...(onConflict !== "replace" && { replaces: tag ?? "none" }),
    onProgress(bytes) {
      size = bytes;
      const elapsed = io.clock.now() - begun;
      screen.progress({ name: to.at(-1) ?? "", sent: bytes, total: undefined, elapsed });
    },
  });
  screen.clear();
  const path = shownPath(to);
  if (json) {
    const line = { file: "-", status: "sent", path, size, server: remote.server, tag: sent };
    stdout.write(`${JSON.stringify(line)}\n`);
  } else if (!quiet) {
    const time = formatDuration(io.clock.now() - begun);
    stdout.write(
      `${quotedPath(path)} sent to ${remote.server}: ${formatSize(size)} in ${time}, verified\n`,
    );
  }
  return EXIT.sent;
}

/** The path with the first number behind its name at which nothing is. */
async function freePath(
  remote: Pick<OpenRemote, "entry">,
  path: readonly string[],
): Promise<readonly string[]> {
  const { FIRST_NUMBER, numberedName } = await import("../../shared/names/numbered_name.ts");
  for (let number = FIRST_NUMBER;; number++) {
    const name = numberedName(path.at(-1) ?? "", { number, longest: 255 });
    const free = [...path.slice(0, -1), name];
    if (await remote.entry(free) === undefined) return free;
  }
}

async function* piecesOf(stdin: ClientIo["stdin"]): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(READ);
  for (;;) {
    let read: number | null;
    try {
      read = await stdin.read(buffer);
    } catch (error) {
      // A folder, or a terminal that is gone.
      throw localError(
        "file-not-readable",
        `Cannot read standard input: ${systemReason(error)}; nothing was stored`,
        error,
      );
    }
    if (read === null) return;
    yield buffer.subarray(0, read);
  }
}
