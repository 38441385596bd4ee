import { newVersion } from "./entry_rows.ts";

/** Returns a number for a run of the server that no earlier run has had: 48 random bits. */
export function newRun(): number {
  return newVersion();
}
