import { formatDuration, formatSize, LEAST_WITH_RATE } from "../shared/settings/quantity.ts";
import { quotedPath } from "../shared/text/quoted.ts";
import { type ClientError, type ClientReason, EXIT, type ExitCode } from "./client_error.ts";
import type { LocalFile, Sent } from "./uplink.ts";

/** The outcome of one file. */
export type Outcome =
  | {
    readonly file: string;
    readonly status: "sent";
    readonly local: LocalFile;
    readonly sent: Sent;
    readonly milliseconds: number;
  }
  | { readonly file: string; readonly status: "failed"; readonly error: ClientError };

/** One line of the JSON output. The names are part of the program's interface. */
export type JsonOutcome =
  | {
    readonly file: string;
    readonly status: "sent";
    readonly name: string;
    readonly size: number;
    readonly checksum: number;
    readonly attempts: number;
    readonly seconds: number;
    readonly revision: string;
    readonly server: string;
    readonly keyBits?: number;
  }
  | {
    readonly file: string;
    readonly status: "failed";
    readonly reason: ClientReason;
    readonly message: string;
    readonly exitCode: ExitCode;
  };

/** The line of JSON for an error that ended the client before any file. */
export type JsonError = Omit<Extract<JsonOutcome, { readonly status: "failed" }>, "file">;

/** An error that concerns no single file, as an object for JSON. */
export function jsonError({ reason, message, exitCode }: ClientError): JsonError {
  return { status: "failed", reason, message, exitCode };
}

/** The outcome as an object for JSON. */
export function jsonOutcome(outcome: Outcome, server: string): JsonOutcome {
  const { file, status } = outcome;
  if (status === "failed") return { file, ...jsonError(outcome.error) };
  const { local: { name, size }, sent, milliseconds } = outcome;
  return { file, status, name, size, seconds: Math.round(milliseconds) / 1000, server, ...sent };
}

/** The text for a file that was sent, with a note if its key was shorter than it should be. */
export function sentLine(
  { local, sent, milliseconds }: Extract<Outcome, { status: "sent" }>,
  server: string,
): string {
  const note = sent.keyBits === undefined
    ? ""
    : `; the server gave a key of ${sent.keyBits} bits, less than revision ${sent.revision} has`;
  return `${quotedPath(local.name)} sent to ${server}: ${amount(local.size, milliseconds)}, ` +
    `checksum ${sent.checksum} verified${note}`;
}

/** The last line for several files: the summary, with the time that sending took. */
export function summaryLine(
  outcomes: readonly Outcome[],
  { server, milliseconds }: { readonly server: string; readonly milliseconds: number },
): string {
  const sizes = outcomes.flatMap((one) => one.status === "sent" ? [one.local.size] : []);
  const failed = outcomes.length - sizes.length;
  const count = failed === 0 ? `${sizes.length}` : `${sizes.length} of ${outcomes.length}`;
  const size = sizes.reduce((total, one) => total + one, 0);
  const sum = sizes.length === 0 ? "" : `: ${amount(size, milliseconds)}`;
  return `${count} files sent to ${server}${sum}${failed === 0 ? "" : `; ${failed} failed`}`;
}

/** A size and a time, with the rate if that is meaningful. */
function amount(size: number, milliseconds: number): string {
  const time = formatDuration(milliseconds);
  const rate = time === "0 s" || size < LEAST_WITH_RATE
    ? ""
    : ` (${formatSize(size / milliseconds * 1000)}/s)`;
  return `${formatSize(size)} in ${time}${rate}`;
}

/** The text for an error of a file or of the program. */
export function errorLine({ message, exitCode }: ClientError): string {
  return `${exitCode === EXIT.usage ? "error" : "Fatal"}: ${message}`;
}

/** The text for files that were skipped because of an error reported before. */
export function givenUpLine(count: number): string {
  return count === 1
    ? "One more file was not sent either"
    : `${count} more files were not sent either`;
}

/** The most files that a line names. */
const NAMED = 3;

/** The text for an interruption by the user: what was sent, and what was not. */
export function interruptedLine(
  { total, unsent }: {
    /** The number of all files. */
    readonly total: number;
    /** The paths of files that were not sent and verified. */
    readonly unsent: readonly string[];
  },
): string {
  const names = unsent.slice(0, NAMED).map(quotedPath).join(", ");
  if (total === 1) return `Interrupted before ${names} was sent and verified`;
  const more = unsent.length > NAMED ? ` and ${unsent.length - NAMED} more` : "";
  return `Interrupted: ${total - unsent.length} of ${total} files sent and verified; not: ` +
    `${names}${more}`;
}
