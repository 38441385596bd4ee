import type { Work } from "../../sql/work.ts";
import { StorageError } from "../../storage_error.ts";
import type { Session } from "../sessions/session.ts";

/** What became of a work. */
export type Done<T> =
  | { readonly kind: "done"; readonly value: T }
  /** `spoiled`: its transaction cannot be committed, or would have a part of its changes. */
  | { readonly kind: "failed"; readonly error: unknown; readonly spoiled: boolean };

/**
 * Does a work to its end over a session, and never rejects. Errors of the database are thrown into
 * it, as they are.
 */
export async function doWork<T>(session: Session, work: Work<T>): Promise<Done<T>> {
  let changed = false;
  let failed = false;
  try {
    let next = work.next();
    while (next.done !== true) {
      const { result, sql, values } = next.value;
      changed ||= !/^(?:SELECT|WITH)\b/.test(sql);
      let given: unknown;
      try {
        const { rows, count } = await session.query(sql, values);
        given = result === "run" ? count : result === "get" ? rows[0] : rows;
      } catch (error) {
        failed = true;
        next = work.throw(error);
        continue;
      }
      next = work.next(given);
    }
    const { value } = next;
    if (!failed) return { kind: "done", value };
    return { kind: "failed", error: new TypeError("A failure was ignored"), spoiled: true };
  } catch (error) {
    return {
      kind: "failed",
      error,
      spoiled: failed || changed || !(error instanceof StorageError),
    };
  }
}
