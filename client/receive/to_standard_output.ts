import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, EXIT, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { shownPath } from "../remote/remote_path.ts";
import type { RemoteEntry, RemoteFiles } from "../remote/remote_files.ts";
import { onInterruption } from "../remote/transfer_report.ts";
import { readWhole } from "./read_whole.ts";

/**
 * Writes the contents of one file to standard output, and compares them at the end: the exit code
 * says whether they were right. Nothing more is fetched once they are not read, as behind
 * `| head`, or they have no room. Throws a `ClientError`.
 */
export async function toStandardOutput(
  entries: readonly RemoteEntry[],
  { remote, retries, json }: {
    readonly remote: Pick<RemoteFiles, "read" | "check">;
    readonly retries: number;
    readonly json: boolean;
  },
  { io, screen, stdout }: CommandContext,
): Promise<ExitCode> {
  const [file, another] = entries;
  if (file?.kind !== "file" || another !== undefined) {
    throw localError("bad-command-line", "Standard output takes one file: get FILE -o -");
  }
  if (json) throw localError("bad-command-line", "--json and -o - both want standard output");
  const check = await remote.check(file);
  onInterruption({ io, screen }, () => `only a part of ${quotedPath(shownPath(file.path))} came`);
  const unread = new Error("Nobody reads standard output");
  try {
    await readWhole(file, {
      ...{ remote, retries, clock: io.clock, from: 0 },
      onBytes(bytes) {
        stdout.writeBytes(bytes);
        if (stdout.ended) throw unread;
        check.add(bytes);
      },
    });
  } catch (error) {
    if (error !== unread) throw error;
    return stdout.fault === undefined ? EXIT.sent : EXIT.usage;
  }
  if (check.matches()) return EXIT.sent;
  throw new ClientError(
    `The contents of ${quotedPath(shownPath(file.path))} that came are not those that the server ` +
      "announced; do not use what was written",
    { reason: "checksum-mismatch", exitCode: EXIT.failed },
  );
}
