import { ProblemError } from "../../../shared/protocol4/problem.ts";

/** The version of tus (https://tus.io/protocols/resumable-upload). */
export const TUS_VERSION = "1.0.0";

/** The extensions of tus that are served. */
export const TUS_EXTENSIONS =
  "creation,creation-with-upload,creation-defer-length,expiration,termination";

/** The media type of the body of a PATCH. */
export const OFFSET_TYPE = "application/offset+octet-stream";

/** The headers of every answer below `/v4/uploads`. */
export const TUS_HEADERS = { "tus-resumable": TUS_VERSION } as const;

/**
 * Expects a version of tus that is served; none is named by clients that need nothing of it. Throws
 * a `ProblemError`, `version-unknown`.
 */
export function expectTusVersion(headers: Headers): void {
  const version = headers.get("tus-resumable") ?? TUS_VERSION;
  if (version === TUS_VERSION) return;
  throw new ProblemError("version-unknown", `The version of tus is ${TUS_VERSION}`, {
    version: TUS_VERSION,
  });
}

/** The length in `Upload-Length`, if there is one. Throws a `ProblemError`, `bad-request`. */
export function uploadLength(headers: Headers): number | undefined {
  return numberIn(headers, "upload-length");
}

/** Where a PATCH begins. Throws a `ProblemError`, `bad-request`, without `Upload-Offset`. */
export function uploadOffset(headers: Headers): number {
  const offset = numberIn(headers, "upload-offset");
  if (offset !== undefined) return offset;
  throw new ProblemError("bad-request", "Say where the bytes belong with Upload-Offset");
}

/** Whether a request has bytes of an upload. */
export function hasBytes(headers: Headers): boolean {
  return headers.get("content-type")?.toLowerCase() === OFFSET_TYPE;
}

function numberIn(headers: Headers, name: string): number | undefined {
  const text = headers.get(name);
  if (text === null) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new ProblemError("bad-request", `The header ${name} has to be a number of bytes`);
}
