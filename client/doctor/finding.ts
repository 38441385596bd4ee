import { ClientError, type ExitCode, factOf } from "../client_error.ts";

/** What can be examined, in the order in which it is. The names stand in the JSON output. */
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
  "clock",
] as const;

/** One of `CHECKS`. */
export type CheckName = typeof CHECKS[number];

/** What one check came to. */
export interface Finding {
  readonly check: CheckName;
  /** `skip` when it could not be made, because of something that an earlier one found. */
  readonly status: "ok" | "warn" | "fail" | "skip";
  /** What was found: a sentence in one line, without a final period. */
  readonly message: string;
  /** What to do about it; there for `warn` and `fail`. */
  readonly advice?: string;
  /** How `send` would end because of it; there for `fail`. */
  readonly exitCode?: ExitCode;
}

/** All is well. */
export function ok(check: CheckName, message: string): Finding {
  return { check, status: "ok", message };
}

/** It works, but not as it should. */
export function warn(check: CheckName, message: string, advice: string): Finding {
  return { check, status: "warn", message, advice };
}

/** It was not looked at. */
export function skip(check: CheckName, message: string): Finding {
  return { check, status: "skip", message };
}

/** It does not work. */
export function fail(
  check: CheckName,
  message: string,
  { advice, exitCode }: { readonly advice: string; readonly exitCode: ExitCode },
): Finding {
  return { check, status: "fail", message, advice, exitCode };
}

/** What `work` finds, or a failure that says what its `ClientError` does. */
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

/** An error as a finding. Its message says the fact first and, behind a semicolon, what to do. */
export function failureOf(check: CheckName, { message, exitCode }: ClientError): Finding {
  const fact = factOf(message);
  if (fact === message) return fail(check, message, { advice: "See what it says", exitCode });
  const advice = message.slice(fact.length + 2);
  return fail(check, fact, { advice: capitalized(advice), exitCode });
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
