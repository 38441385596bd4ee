import {
  PROBLEM_TYPE,
  ProblemError,
  problemOf,
  type ProblemReason,
  statusOf,
} from "../../../shared/protocol4/problem.ts";
import { MetadataError } from "../../../shared/protocol4/resources/file_metadata.ts";
import { PathError } from "../../../shared/protocol4/resources/resource_path.ts";
import { QuotaError, type QuotaReason } from "../../files/quota.ts";
import { StorageError, type StorageReason } from "../../storage/storage_error.ts";
import { TUS_HEADERS } from "./tus.ts";
import { BodyCut, BodyEnded } from "./body_reader.ts";
import { CrumbsError } from "./crumbs.ts";
import { SHORT_BODY } from "./counted_stream.ts";
import { rawTarget } from "./exchange.ts";

/** Headers of every answer: nothing of it is kept by a cache, and no browser guesses its type. */
const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
} as const;

/** Adds the headers that all answers to such a request have, unless the answer has its own. */
export function withCommonHeaders(response: Response, { url }: Pick<Request, "url">): Response {
  const { path } = rawTarget(url);
  // tus requires it for refusals too.
  const headers = /^\/v4\/uploads(?:\/|$)/.test(path) ? { ...HEADERS, ...TUS_HEADERS } : HEADERS;
  for (const [name, value] of Object.entries(headers)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** An answer in JSON. */
export function jsonAnswer(
  value: unknown,
  { status = 200, headers = {} }: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Response {
  const text = `${JSON.stringify(value)}\n`;
  // What the runtime is given at once counts as sent, while a client of HTTP/2 may have no window
  // for it: the connection would be at rest, and might be ended.
  return new Response(3 * text.length > SHORT_BODY ? new Blob([text]).stream() : text, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** The problem for an error; `server-error` for one that is not known. */
export function problemFor(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof PathError || error instanceof MetadataError) {
    return new ProblemError(error.reason, error.message);
  }
  if (error instanceof QuotaError) return new ProblemError(QUOTA[error.reason], error.message);
  if (error instanceof BodyCut) return new ProblemError("body-cut");
  if (error instanceof BodyEnded) return new ProblemError("upload-busy", error.message);
  if (error instanceof StorageError) {
    // What the message says is for the operator.
    return new ProblemError(STORAGE[error.reason] ?? "server-error");
  }
  return new ProblemError("server-error");
}

/** The answer to a refused request. */
export function problemAnswer(problem: ProblemError, { method }: { method: string }): Response {
  const headers = new Headers({ "content-type": PROBLEM_TYPE });
  const status = statusOf(problem.reason);
  const { allow, offset, size, version, wait } = problem.members;
  if (typeof allow === "string") headers.set("allow", allow);
  if (typeof offset === "number") headers.set("upload-offset", String(offset));
  if (typeof version === "string") headers.set("tus-version", version);
  if (problem.reason === "range-invalid") headers.set("content-range", `bytes */${size}`);
  if (typeof wait === "number") headers.set("retry-after", String(Math.ceil(wait / 1_000)));
  if (problem instanceof CrumbsError) headers.set("connection", "close");
  const body = new TextEncoder().encode(`${JSON.stringify(problemOf(problem))}\n`);
  // The same for HEAD, where the runtime would say 0.
  headers.set("content-length", `${body.byteLength}`);
  const response = new Response(method === "HEAD" ? null : body, { status, headers });
  if (status === 401) {
    // One header line for each challenge: Chromium reads only the first of several in one line.
    response.headers.append("www-authenticate", 'Bearer realm="sealpost"');
    response.headers.append("www-authenticate", 'Basic realm="sealpost"');
  }
  return response;
}

const QUOTA: Readonly<Record<QuotaReason, ProblemReason>> = {
  "client-files-exceeded": "too-many-files",
  "client-bytes-exceeded": "quota-exceeded",
  "server-files-exceeded": "server-full",
  "server-bytes-exceeded": "server-full",
  "free-space-exceeded": "server-full",
};

const STORAGE: Partial<Readonly<Record<StorageReason, ProblemReason>>> = {
  "disk-full": "server-full",
  "database-gone": "database-gone",
  "data-not-writable": "data-not-writable",
  "database-not-writable": "data-not-writable",
  // It may be mounted again.
  "data-gone": "server-busy",
  "out-of-descriptors": "server-busy",
  "out-of-memory": "server-busy",
  "database-busy": "server-busy",
  "store-unreachable": "server-busy",
  "store-timed-out": "server-busy",
  "store-busy": "server-busy",
  "database-unreachable": "server-busy",
  "outcome-unknown": "server-busy",
  // They have to be sent again, and may be kept then: the server had lost its sign of life.
  "contents-gone": "server-busy",
  "path-not-allowed": "bad-path",
  "path-too-long": "path-too-long",
  "values-refused": "bad-metadata",
  "unknown-client": "client-unknown",
  "path-not-a-folder": "parent-is-file",
  "path-is-a-folder": "is-folder",
  "entry-missing": "not-found",
  "entry-exists": "target-exists",
  "folder-missing": "parent-missing",
  "folder-not-empty": "folder-not-empty",
  "folder-into-itself": "into-itself",
  "precondition-failed": "precondition-failed",
  "unknown-upload": "upload-unknown",
  "upload-taken-over": "upload-busy",
  "upload-too-long": "body-too-large",
  "upload-incomplete": "upload-incomplete",
  "upload-committed": "upload-gone",
};
