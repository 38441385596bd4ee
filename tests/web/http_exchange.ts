/** Requests of HTTP/1.1, byte for byte, over connections of their own. */

import { parseAddress } from "../../shared/text/address.ts";

/** What a server answered. */
export interface HttpAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** All bytes behind the headers. */
  readonly body: Uint8Array;
  /** The same as text. */
  readonly text: string;
}

/** What is asked for. */
export interface HttpQuestion {
  /** Default: GET. */
  readonly method?: string;
  /** Beside `Host`, which is the server's address when it is not given, and `Connection`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Asks a server at `HOST:PORT` for a path, which goes out as it is written, and reads the answer.
 */
export async function ask(
  address: string,
  path: string,
  { method = "GET", headers = {} }: HttpQuestion = {},
): Promise<HttpAnswer> {
  const lines = Object.entries({ host: address, ...headers, connection: "close" })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return await exchange(address, `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
}

/** Sends text, and reads whatever comes until the server closes the connection. */
export async function exchange(address: string, text: string): Promise<HttpAnswer> {
  using conn = await connectTo(address);
  await writeAll(conn, text);
  return answerOf(await readAll(conn));
}

/** Connects to `HOST:PORT`. */
export function connectTo(address: string): Promise<Deno.TcpConn> {
  const { host, port } = parseAddress(address);
  return Deno.connect({ hostname: host, port });
}

/** Writes all of some bytes, or of a text. */
export async function writeAll(
  conn: Pick<Deno.Conn, "write">,
  sent: string | Uint8Array,
): Promise<void> {
  const bytes = typeof sent === "string" ? new TextEncoder().encode(sent) : sent;
  for (let rest = bytes; rest.byteLength > 0;) {
    rest = rest.subarray(await conn.write(rest));
  }
}

/** Reads to the end, which may be a reset. */
export async function readAll(conn: Pick<Deno.Conn, "read">): Promise<Uint8Array> {
  let bytes = new Uint8Array(64 * 1024);
  let size = 0;
  try {
    for (let got; (got = await conn.read(bytes.subarray(size))) !== null;) {
      size += got;
      if (size < bytes.byteLength) continue;
      const larger = new Uint8Array(2 * size);
      larger.set(bytes);
      bytes = larger;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  return bytes.subarray(0, size);
}

/** Reads to the end, which may be a reset, and keeps nothing. Returns the number of bytes. */
export async function countAll(conn: Pick<Deno.Conn, "read">): Promise<number> {
  const buffer = new Uint8Array(256 * 1024);
  let size = 0;
  try {
    for (let got; (got = await conn.read(buffer)) !== null;) size += got;
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
  return size;
}

/** Bytes among which the head of an answer ends. */
const HEAD = 64 * 1024;

/** Takes an answer apart. */
export function answerOf(bytes: Uint8Array): HttpAnswer {
  const latin = new TextDecoder("latin1").decode(bytes.subarray(0, HEAD));
  const end = latin.indexOf("\r\n\r\n");
  const [first = "", ...lines] = latin.slice(0, Math.max(end, 0)).split("\r\n");
  const body = bytes.subarray(end + 4);
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0),
    headers: Object.fromEntries(lines.map((line) => {
      const [name = "", ...value] = line.split(": ");
      return [name.toLowerCase(), value.join(": ")];
    })),
    body,
    get text() {
      return new TextDecoder().decode(body);
    },
  };
}
