import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import type { OnWaiting } from "../network/waits.ts";
import { conflictAsker } from "../remote/conflict_asker.ts";
import { type EntryEnd, onInterruption, TransferReport } from "../remote/transfer_report.ts";
import { toldWaits } from "../remote/told_waits.ts";
import type { OpenRemote } from "../remote/remotes.ts";
import type { SendTreeSettings } from "../settings/send_settings.ts";
import { Changes } from "./changes.ts";
import type { LocalEntry, LocalFileEntry } from "../remote/local_entry.ts";
import type { Sendable } from "../remote/tree_sender.ts";
import { Places, type PlacesOptions } from "./places.ts";
import { type Unsendable, walk } from "./walk.ts";

/**
 * How often entries are decided again because another client has put something at their path since
 * the decision; after that they are refused.
 */
const ROUNDS = 3;

/** The most such entries that are remembered; more are refused at once. */
const MOST_OVERTAKEN = 10_000;

/** Sends files and folders into a tree on a server, and reports what becomes of them. */
export async function runSendTree(
  settings: SendTreeSettings,
  context: CommandContext,
  open: (onWaiting: OnWaiting) => Promise<OpenRemote>,
): Promise<ExitCode> {
  if (settings.files.length === 0) {
    throw localError("bad-command-line", "Say what to send: send FILE...");
  }
  if (settings.files.includes("-")) {
    const { runSendStream } = await import("./run_send_stream.ts");
    return await runSendStream(settings, context, open);
  }
  if (settings.as !== undefined) {
    throw localError("bad-command-line", "--as is for standard input: send - --as PATH");
  }
  const report = new TransferReport({ context, settings, done: "sent" });
  const { numberedName: numbered } = settings.onConflict === "rename"
    ? await import("../../shared/names/numbered_name.ts")
    : {};
  const { files, allowGrowing: growing } = settings;
  const walked = () => entriesOf(files, { numbered, growing });
  // A mistyped path is reported before anything is sent.
  let count = 0;
  for (const entry of walked()) {
    report.expect(entry);
    count++;
  }
  await using remote = await open(toldWaits(context, settings));
  report.begin(remote.server);
  onInterruption(context, () => report.soFar);
  const ended = (entry: LocalEntry, status: EntryEnd["status"], tag?: string) => {
    const { path, to, kind } = entry;
    const size = kind === "file" ? { size: entry.size } : {};
    const json = { file: path, status, path: to.join("/"), ...size, server: remote.server };
    if (to.at(-1) !== changes.original(entry).to.at(-1)) {
      report.note(`${quotedPath(path)} has another name there: ${quotedPath(to.join("/"))}`);
    }
    if (status === "sent" && !remote.keepsTime(entry.modified)) {
      report.note(
        `${
          quotedPath(path)
        } was modified before 1678 or after 2261, as its file system says: the ` +
          "server has it without a time",
      );
    }
    report.ended(entry, {
      status,
      line: `${quotedPath(to.join("/"))} ${status}`,
      json: { ...json, ...(tag !== undefined && { tag }) },
    });
  };
  const progress = (file: LocalFileEntry, bytes: number) =>
    report.progress(file, { bytes, name: file.to.at(-1) ?? "" });
  const failed = (entry: LocalEntry | Unsendable, error: ClientError) =>
    report.failed(error, { file: entry.path }, entry.kind === "unsendable" ? undefined : entry);
  const onConflict = conflictAsker(settings.onConflict, context);
  const changes = new Changes({
    ...{ remote, onConflict, replacesAny: settings.onConflict === "replace" },
    onUnchanged: (entry) => ended(entry, "unchanged"),
    onSkipped: (entry) => ended(entry, "skipped"),
    onFailed: failed,
  });
  return await report.sumUp(async () => {
    let entries: () => Iterable<LocalEntry | Unsendable> = walked;
    const [only] = count === 1 ? walked() : [];
    if (only?.kind === "file") {
      const created = await remote.create(only);
      if (created?.status === "unchanged") return ended(only, "unchanged");
      if (created !== undefined) {
        progress(only, only.size);
        return ended(only, "sent", created.tag);
      }
      entries = () => [only];
    }
    for (let round = 1;; round++) {
      const overtaken: LocalEntry[] = [];
      await remote.send(toSend(entries(), { changes, failed }), {
        onResumed: (file, bytes) => report.resumes(file, bytes),
        onProgress: progress,
        onSent: (entry, tag) => ended(entry, "sent", tag),
        onFailed(entry, error) {
          const isOvertaken = error.reason === "precondition-failed" && round < ROUNDS;
          if (!isOvertaken || overtaken.length >= MOST_OVERTAKEN) return failed(entry, error);
          overtaken.push(changes.original(entry));
        },
      });
      if (overtaken.length === 0) break;
      changes.again();
      entries = () => overtaken.values();
    }
  });
}

function* entriesOf(
  files: readonly string[],
  { growing, ...options }: PlacesOptions & { readonly growing: boolean },
): Generator<LocalEntry | Unsendable> {
  const places = new Places(options);
  for (const file of files) {
    for (const entry of walk(file, { places })) {
      yield growing && entry.kind === "file" ? { ...entry, growing } : entry;
    }
  }
}

async function* toSend(
  entries: Iterable<LocalEntry | Unsendable>,
  { changes, failed }: {
    readonly changes: Changes;
    readonly failed: (entry: Unsendable, error: ClientError) => void;
  },
): AsyncGenerator<Sendable> {
  for (const entry of entries) {
    if (entry.kind === "unsendable") failed(entry, entry.error);
    else {
      const sendable = await changes.of(entry);
      if (sendable !== undefined) yield sendable;
    }
  }
}
