/** The body of a request. */
export type RequestBody = Uint8Array | StreamedBody;

/** A body that is made while it is sent. */
export interface StreamedBody {
  /** Its bytes, undefined if that is not known: it is then sent in chunks. */
  readonly size: number | undefined;
  /**
   * Its pieces. The next one is asked for when the one before was written, which may then be
   * overwritten. It is ended early when the server has refused.
   */
  readonly pieces: AsyncIterable<Uint8Array>;
}

/** A request. */
export interface HttpRequest {
  readonly method: string;
  /** The path and the query, encoded. */
  readonly path: string;
  /** Beside `Host`, and the length of the body. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody | undefined;
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VALUE = /^[\t\x20-\x7e]*$/;
const TARGET = /^\/[\x21-\x7e]*$/;

/** The bytes before the body. Throws a `TypeError` for what would not be one request. */
export function requestHead(
  { method, path, headers = {}, body }: HttpRequest,
  host: string,
): Uint8Array {
  if (!NAME.test(method) || !TARGET.test(path)) {
    throw new TypeError(`No request: ${method} ${path}`);
  }
  const all = { host, ...headers, ...lengthOf(body) };
  const lines = Object.entries(all).map(([name, value]) => {
    if (!NAME.test(name) || !VALUE.test(value)) throw new TypeError(`No header: ${name}`);
    return `${name}: ${value}\r\n`;
  });
  return new TextEncoder().encode(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Whether the body is sent in chunks. */
export function isChunked(body: RequestBody | undefined): boolean {
  return body !== undefined && !(body instanceof Uint8Array) && body.size === undefined;
}

function lengthOf(body: RequestBody | undefined): Readonly<Record<string, string>> {
  if (body === undefined) return {};
  if (isChunked(body)) return { "transfer-encoding": "chunked" };
  return { "content-length": String(body instanceof Uint8Array ? body.byteLength : body.size) };
}
