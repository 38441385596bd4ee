import { formatDuration, formatSize } from "../shared/command_line/quantity.ts";
import type { ClientError, ClientReason, ExitCode } from "./client_error.ts";
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
  const rate = milliseconds > 0 ? local.size / milliseconds * 1000 : 0;
  return `${JSON.stringify(local.name)} sent to ${server}: ${formatSize(local.size)} in ` +
    `${formatDuration(milliseconds)} (${formatSize(rate)}/s), checksum ${sent.checksum} verified`;
}
