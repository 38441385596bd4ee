import { ClientError, type ExitCode, factOf } from "../client_error.ts";

/** All checks, in order. The names appear in the JSON output. */
export const CHECKS = [
  "folder",
  "transfer.info",
  "file",
  "identity",
  "key",
  "permissions",
  "name",
  "port",
  "revision",
  "known_servers",
  "server key",
  "login",
  "clock",
] as const;

/** One of `CHECKS`. */
export type CheckName = typeof CHECKS[number];

/** The result of one check. */
export interface Finding {
  readonly check: CheckName;
  /** `skip` when an earlier finding made the check impossible. */
  readonly status: "ok" | "warn" | "fail" | "skip";
  /** What was found: a sentence in one line, without a final period. */
  readonly message: string;
  /** What to do about it; set for `warn` and `fail`. */
  readonly advice?: string;
  /** The exit code `send` would have; set for `fail`. */
  readonly exitCode?: ExitCode;
}

/** A check that passed. */
export function ok(check: CheckName, message: string): Finding {
  return { check, status: "ok", message };
}

/** A check that found a problem which does not prevent sending. */
export function warn(check: CheckName, message: string, advice: string): Finding {
  return { check, status: "warn", message, advice };
}

/** A check that was not made. */
export function skip(check: CheckName, message: string): Finding {
  return { check, status: "skip", message };
}

/** A check that failed. */
export function fail(
  check: CheckName,
  message: string,
  { advice, exitCode }: { readonly advice: string; readonly exitCode: ExitCode },
): Finding {
  return { check, status: "fail", message, advice, exitCode };
}

/** The finding of `work`, or a failure with the message of the `ClientError` it throws. */
export async function orFailure<T>(
  check: CheckName,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly failure: Finding }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { failure: failureOf(check, error) };
  }
}

/** An error as a finding. Its message has the fact first and, after a semicolon, what to do. */
export function failureOf(check: CheckName, { message, exitCode }: ClientError): Finding {
  const fact = factOf(message);
  if (fact === message) return fail(check, message, { advice: "See what it says", exitCode });
  const advice = message.slice(fact.length + 2);
  return fail(check, fact, { advice: capitalized(advice), exitCode });
}

/** A text with a capital at its beginning. */
export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
