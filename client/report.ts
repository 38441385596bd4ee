import { formatDuration, formatSize } from "../shared/command_line/quantity.ts";
import { quotedPath } from "../shared/files/quoted.ts";
import { type ClientError, type ClientReason, EXIT, type ExitCode } from "./client_error.ts";
import type { LocalFile } from "./sending/local_file.ts";
import type { Sent } from "./session/session.ts";

/** What came of one file. */
export type Outcome =
  | {
    readonly file: string;
    readonly status: "sent";
    readonly local: LocalFile;
    readonly sent: Sent;
    readonly milliseconds: number;
  }
  | { readonly file: string; readonly status: "failed"; readonly error: ClientError };

/** One line of the JSON output. Its names are part of the program's interface. */
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
  }
  | {
    readonly file: string;
    readonly status: "failed";
    readonly reason: ClientReason;
    readonly message: string;
    readonly exitCode: ExitCode;
  };

/** The outcome as an object for JSON. */
export function jsonOutcome(outcome: Outcome, server: string): JsonOutcome {
  const { file, status } = outcome;
  if (status === "failed") {
    const { reason, message, exitCode } = outcome.error;
    return { file, status, reason, message, exitCode };
  }
  const { local: { name, size }, sent, milliseconds } = outcome;
  return { file, status, name, size, seconds: Math.round(milliseconds) / 1000, server, ...sent };
}

/** The line for people about a file that was sent. */
export function sentLine(
  { local, sent, milliseconds }: Extract<Outcome, { status: "sent" }>,
  server: string,
): string {
  const time = formatDuration(milliseconds);
  // After no time that can be seen a rate would say nothing.
  const rate = time === "0 s" ? "" : ` (${formatSize(local.size / milliseconds * 1000)}/s)`;
  return `${quotedPath(local.name)} sent to ${server}: ${
    formatSize(local.size)
  } in ${time}${rate}, ` +
    `checksum ${sent.checksum} verified`;
}

/** The line for people about what ended a file, or the program. */
export function errorLine({ message, exitCode }: ClientError): string {
  return `${exitCode === EXIT.usage ? "error" : "Fatal"}: ${message}`;
}

/** The line for people about files that were given up because of an error told before. */
export function givenUpLine(count: number): string {
  return count === 1
    ? "One more file was not sent either"
    : `${count} more files were not sent either`;
}
