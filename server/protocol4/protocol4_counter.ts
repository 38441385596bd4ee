import type { ProblemReason } from "../../shared/protocol4/problem.ts";

/** The counters of protocol 4. */
export type Protocol4Counter =
  /** Requests that reached the application. */
  | "requests"
  /** Files that were recorded, and their bytes. */
  | "files-stored"
  | "bytes-stored"
  /** Bytes of bodies that the application has read of files on their way. */
  | "bytes-received"
  /** Downloads that went out to their end, those that did not, and bytes of both. */
  | "files-sent"
  | "files-sent-cut-off"
  | "bytes-sent"
  /** Uploads that were created, and those that were found again. */
  | "uploads-created"
  | "uploads-resumed"
  /** Commits of batches, each with one sync. */
  | "batch-commits"
  | `refused.${ProblemReason}`;
