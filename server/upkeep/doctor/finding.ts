import { messageOf } from "../../../shared/text/quoted.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { StorageError } from "../../storage/storage_error.ts";

/** All checks, in order. The names appear in the JSON output. */
export const CHECKS = [
  "data folder",
  "room",
  "server",
  "server key",
  "database",
  "version",
  "tls",
  "pooler",
  "rights",
  "durability",
  "schema",
  "database clock",
  "bucket",
  "region",
  "bucket rights",
  "bucket clock",
  "rules",
  "same bucket",
  "spool",
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
}

/** A check that passed. */
export function ok(check: CheckName, message: string): Finding {
  return { check, status: "ok", message };
}

/** A check that found what does not prevent a server from serving. */
export function warn(check: CheckName, message: string, advice: string): Finding {
  return { check, status: "warn", message, advice };
}

/** A check that found what does. */
export function fail(check: CheckName, message: string, advice: string): Finding {
  return { check, status: "fail", message, advice };
}

/** A check that was not made. */
export function skip(check: CheckName, message: string): Finding {
  return { check, status: "skip", message };
}

/**
 * The result of `work`, or a failure with the message of the `StorageError` or `StartupError` that
 * it throws: the fact first and, after its last colon or semicolon, what to do.
 */
export async function orFailure<T>(
  check: CheckName,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly failure: Finding }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof StartupError)) throw error;
    const [, fact, advice] = /^(.*)(?:: |; )([^:;]+)$/s.exec(messageOf(error)) ?? [];
    if (fact === undefined || advice === undefined) {
      return { failure: fail(check, messageOf(error), "See what it says") };
    }
    return { failure: fail(check, fact, advice.slice(0, 1).toUpperCase() + advice.slice(1)) };
  }
}
