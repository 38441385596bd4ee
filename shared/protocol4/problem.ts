/**
 * All that protocol 4 refuses, by a name that the answer, the log, the counters and the client
 * share, with the status of the answer (RFC 9110) and a title.
 */
export const PROBLEMS = {
  // Requests that cannot be understood.
  "bad-request": [400, "The request cannot be understood"],
  "bad-path": [400, "The path is not one of a file or folder"],
  "path-too-long": [400, "The path is too long"],
  "bad-metadata": [400, "The metadata of the file cannot be used"],
  "bad-frame": [400, "The batch has a frame that cannot be understood"],
  "bad-name": [400, "The name cannot be used"],
  "bad-key": [400, "The public key cannot be used"],
  // Who asks.
  "no-token": [401, "A token is needed"],
  "token-unknown": [401, "The token is not known"],
  "token-expired": [401, "The token has expired"],
  "token-revoked": [401, "The token was revoked"],
  "signature-invalid": [403, "The signature is not by the client's key"],
  "nonce-unknown": [403, "The nonce is not of this server, or has expired"],
  "nonce-used": [403, "The nonce was used before"],
  "client-unknown": [403, "The client is not registered"],
  "scope-too-narrow": [403, "The token does not allow this"],
  "origin-refused": [403, "Pages of other sites may not do this"],
  "registration-closed": [403, "The server registers no clients"],
  "invitation-needed": [403, "The server registers clients with an invitation"],
  "invitation-unknown": [403, "The invitation is not known"],
  "invitation-used": [403, "The invitation was used before"],
  "invitation-expired": [403, "The invitation has expired"],
  "last-device": [403, "A client keeps one key"],
  "name-taken": [409, "Another client has the name"],
  // What is asked for.
  "no-resource": [404, "There is no such resource"],
  "not-found": [404, "There is no such file or folder"],
  "upload-unknown": [404, "There is no such upload"],
  "method-not-allowed": [405, "The resource has no such method"],
  "is-folder": [409, "It is a folder"],
  "is-file": [409, "It is a file"],
  "parent-missing": [409, "The folder around it does not exist"],
  "parent-is-file": [409, "A part of the path is a file"],
  "folder-not-empty": [409, "The folder is not empty"],
  "target-exists": [409, "The name is in use"],
  "into-itself": [409, "A folder cannot be moved into itself"],
  "precondition-failed": [412, "The file is not the one that was expected"],
  "range-invalid": [416, "The range is not in the file"],
  // Contents on their way.
  "offset-mismatch": [409, "The upload continues at another offset"],
  "tree-mismatch": [409, "The contents differ from the hash"],
  "upload-incomplete": [409, "The upload has not all of its bytes"],
  "upload-busy": [409, "Another request has taken the upload"],
  "upload-gone": [410, "The upload has ended"],
  "length-required": [411, "The length of the contents is needed"],
  "version-unknown": [412, "The version of tus is not known"],
  "file-too-large": [413, "The file is too large"],
  "body-too-large": [413, "The body is too large"],
  "wrong-media-type": [415, "The body is of another media type"],
  "content-mismatch": [422, "The contents differ from their digest"],
  "body-cut": [400, "The body ended before its length"],
  "too-many-files": [507, "The client has as many files as it may have"],
  "quota-exceeded": [507, "The client has no room left"],
  "server-full": [507, "The server has no room left"],
  // The server.
  "too-many-requests": [429, "There were too many requests"],
  "server-error": [500, "The server failed"],
  "database-gone": [500, "The database of the server was taken away"],
  "data-not-writable": [500, "The server cannot write where it stores"],
  "server-busy": [503, "The server has too much to do"],
  "server-stopping": [503, "The server is stopping"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** Why something was refused. */
export type ProblemReason = keyof typeof PROBLEMS;

/** The media type of a problem document (RFC 9457). */
export const PROBLEM_TYPE = "application/problem+json";

/** What the types of problems begin with. */
const TYPE_PREFIX = "urn:sealpost:problem:";

/** A problem document, with members of its own such as `offset`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What was wrong this time, and what to do. */
  readonly detail?: string;
  readonly reason: ProblemReason;
  readonly [member: string]: unknown;
}

/** A refusal, to be turned into an answer in one place. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly reason: ProblemReason;
  /** Members of the document beside those of all. */
  readonly members: Readonly<Record<string, unknown>>;

  constructor(
    reason: ProblemReason,
    detail: string = PROBLEMS[reason][1],
    members: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
    this.reason = reason;
    this.members = members;
  }
}

/** The status of the answer to a refusal. */
export function statusOf(reason: ProblemReason): number {
  return PROBLEMS[reason][0];
}

/** Whether a text names a reason. */
export function isProblemReason(text: unknown): text is ProblemReason {
  return typeof text === "string" && Object.hasOwn(PROBLEMS, text);
}

/** The document for a refusal. */
export function problemOf({ reason, message, members }: ProblemError): Problem {
  const [status, title] = PROBLEMS[reason];
  return { ...members, type: TYPE_PREFIX + reason, title, status, detail: message, reason };
}

/**
 * A problem from the JSON of an answer; undefined if it is none, or its reason is not known. Its
 * members may have any value.
 */
export function parseProblem(value: unknown): Problem | undefined {
  if (typeof value !== "object" || value === null || !("reason" in value)) return undefined;
  const { reason } = value;
  if (!isProblemReason(reason)) return undefined;
  const [status, title] = PROBLEMS[reason];
  const detail = "detail" in value && typeof value.detail === "string" ? value.detail : title;
  return { ...value, type: TYPE_PREFIX + reason, title, status, detail, reason };
}
