import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import { BodyReader, isChunked } from "./body_reader.ts";
import type { ReadMemory } from "./read_memory.ts";

/** The largest body of JSON, in bytes: names, keys and signatures take less than 2 KiB. */
export const MOST_JSON: number = 16 * 1024;

/** The members of a JSON object, of any type. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Reads the body of a request as a JSON object. Throws a `ProblemError`: `wrong-media-type`,
 * `body-too-large`, `bad-request`; and a `BodyCut`.
 */
export async function jsonBody(request: Request, memory: ReadMemory): Promise<JsonObject> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new ProblemError("wrong-media-type", 'The body is to be "application/json"');
  }
  const bytes = await wholeBody(request, { memory, most: MOST_JSON });
  const value = parsed(decodeUtf8(bytes) ?? "");
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ProblemError("bad-request", "The body is not a JSON object");
  }
  return { ...value };
}

/** Reads a whole body of at most `most` bytes. Throws as `jsonBody()` does. */
async function wholeBody(
  request: Request,
  { memory, most }: { readonly memory: ReadMemory; readonly most: number },
): Promise<Uint8Array> {
  const { body, headers } = request;
  const chunked = isChunked(request);
  const tooLarge = () =>
    new ProblemError("body-too-large", `The body may have ${most} bytes at most`);
  if (Number(headers.get("content-length") ?? 0) > most) throw tooLarge();
  const whole = new Uint8Array(most);
  let size = 0;
  await using reader = new BodyReader(body, { memory, length: most, chunked });
  for (;;) {
    const bytes = await reader.read();
    if (bytes === undefined) return whole.subarray(0, size);
    if (size + bytes.byteLength > most) throw tooLarge();
    whole.set(bytes, size);
    size += bytes.byteLength;
  }
}

/** Returns undefined for text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A member that has to be text. Throws a `ProblemError`, `bad-request`, if it is not. */
export function textMember(object: JsonObject, name: string): string {
  const value = object[name];
  if (typeof value === "string" && value.isWellFormed()) return value;
  throw new ProblemError("bad-request", `The member "${name}" has to be text`);
}

/** A member that may be missing, and is text otherwise. Throws as `textMember()` does. */
export function optionalText(object: JsonObject, name: string): string | undefined {
  return object[name] === undefined ? undefined : textMember(object, name);
}
