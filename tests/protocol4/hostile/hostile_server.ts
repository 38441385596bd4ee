import { encodeAnswer } from "../../../shared/protocol4/batch/frame.ts";
import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { makeCertificate, toPem } from "../../../shared/protocol4/keys/certificate.ts";
import { ProblemError, problemOf, type ProblemReason } from "../../../shared/protocol4/problem.ts";
import { type PeerKey, peerKey } from "../../peers/tls_peer.ts";

/** A request as a hostile server has read it, without its body. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: ReadonlyMap<string, string>;
  /** How often this request came, with its method and path up to `?`, from 1. */
  readonly time: number;
  /** Reads the whole body. */
  readonly body: () => Promise<Uint8Array>;
  /** Writes to the client; throws once it has closed. */
  readonly say: (bytes: string | Uint8Array) => Promise<void>;
}

/** Answers a request by what is returned, or by `say()`; undefined for the usual answer. */
export type Answering = (asked: Asked) => Reply | Promise<Reply>;

/** What is answered: text of which each character is a byte, or "close" for the end. */
export type Reply = string | Uint8Array | undefined | "close";

const ID = "0123456789abcdef0123456789abcdef";
const LATER = "2999-01-01T00:00:00.000Z";
const TOKEN = { token: "t".repeat(43), tokenId: ID, scope: "write", expires: LATER };

/**
 * A server of protocol 4 that has the right key and a few usual answers, each of which a test puts
 * another one in the place of. It keeps nothing.
 */
export class HostileServer implements AsyncDisposable {
  readonly key: PeerKey;
  /** What it answers in place of the usual; set by a test. */
  answering: Answering = () => undefined;
  /** Requests, `METHOD PATH`. */
  readonly requests: string[] = [];
  /** Bytes that clients took. */
  written = 0;
  readonly #listener: Deno.TlsListener;
  readonly #serving: Promise<void>;
  readonly #open = new Set<Deno.Conn>();
  readonly #times = new Map<string, number>();

  private constructor(key: PeerKey, cert: string) {
    this.key = key;
    this.#listener = Deno.listenTls({
      ...{ hostname: "127.0.0.1", port: 0, cert, key: key.pem, alpnProtocols: ["http/1.1"] },
    });
    this.#serving = this.#serve();
  }

  static async start(): Promise<HostileServer> {
    const key = await peerKey();
    const cert = toPem("CERTIFICATE", await makeCertificate({ ...key, names: ["localhost"] }));
    return new HostileServer(key, cert);
  }

  /** Its address, with the key. */
  get text(): string {
    const { port } = this.#listener.addr;
    return formatServerAddress({ host: "127.0.0.1", port, spki: this.key.spki });
  }

  /** Answers as a test says from now on, and forgets what came before. */
  becomes(answering: Answering): void {
    this.answering = answering;
    this.requests.length = 0;
    this.written = 0;
    this.#times.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const running: Promise<void>[] = [];
    for (;;) {
      const conn = await this.#listener.accept().catch(() => undefined);
      if (conn === undefined) break;
      this.#open.add(conn);
      running.push(this.#converse(conn).finally(() => this.#open.delete(conn) && conn.close()));
    }
    await Promise.all(running);
  }

  async #converse(conn: Deno.TlsConn): Promise<void> {
    try {
      const reader = new Reader(conn);
      for (;;) {
        const asked = await this.#ask(conn, reader);
        const reply = await this.answering(asked) ?? await usual(asked);
        if (reply === "close") return;
        await asked.say(reply);
        await asked.body();
      }
    } catch (error) {
      // The client may close at any moment, and the test too.
      if (error instanceof TypeError || error instanceof RangeError) throw error;
    }
  }

  async #ask(conn: Deno.TlsConn, reader: Reader): Promise<Asked> {
    const [first = "", ...lines] = (await reader.until("\r\n\r\n")).trimEnd().split("\r\n");
    const [method = "", path = ""] = first.split(" ");
    const headers = new Map(lines.map((line) => {
      const at = line.indexOf(":");
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    }));
    const name = `${method} ${path.split("?")[0]}`;
    const time = (this.#times.get(name) ?? 0) + 1;
    this.#times.set(name, time);
    this.requests.push(`${method} ${path}`);
    let whole: Promise<Uint8Array> | undefined;
    return {
      ...{ method, path, headers, time },
      body: () => whole ??= reader.body(headers),
      say: async (said) => {
        const bytes = typeof said === "string"
          ? Uint8Array.from(said, (character) => character.charCodeAt(0))
          : said;
        for (let at = 0; at < bytes.byteLength;) {
          const size = await conn.write(bytes.subarray(at));
          at += size;
          this.written += size;
        }
      },
    };
  }
}

/** Reads from a connection what a request consists of. */
class Reader {
  readonly #conn: Deno.Conn;
  /** What was read and not taken yet. */
  #heard = new Uint8Array(0);

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** What comes up to the end of a text, as a text. */
  async until(end: string): Promise<string> {
    for (;;) {
      const head = String.fromCharCode(...this.#heard.subarray(0, 16_384));
      const at = head.indexOf(end);
      if (at >= 0) {
        await this.#exactly(at + end.length);
        return head.slice(0, at + end.length);
      }
      await this.#more();
    }
  }

  async body(headers: ReadonlyMap<string, string>): Promise<Uint8Array> {
    if (headers.get("transfer-encoding") !== "chunked") {
      return await this.#exactly(Number(headers.get("content-length") ?? 0));
    }
    const chunks: Uint8Array[] = [];
    for (;;) {
      const size = parseInt(await this.until("\r\n"), 16);
      chunks.push((await this.#exactly(size + 2)).subarray(0, size));
      if (size === 0) return joined(...chunks);
    }
  }

  async #exactly(size: number): Promise<Uint8Array> {
    const parts = [this.#heard];
    for (let filled = this.#heard.byteLength; filled < size;) {
      const part = await this.#read();
      parts.push(part);
      filled += part.byteLength;
    }
    const all = parts.length === 1 ? this.#heard : joined(...parts);
    this.#heard = all.subarray(size);
    return all.subarray(0, size);
  }

  async #more(): Promise<void> {
    this.#heard = joined(this.#heard, await this.#read());
  }

  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    const buffer = new Uint8Array(64 * 1024);
    const size = await this.#conn.read(buffer);
    if (size === null) throw new Error("The client has closed");
    return buffer.subarray(0, size);
  }
}

/** An answer of a right form. */
export function answer(
  status: number,
  body = "",
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const all = Object.entries({ "content-length": utf8(body).length, ...headers })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Said\r\n${all.join("")}\r\n${utf8(body)}`;
}

/** An answer in JSON. */
export function json(value: unknown, status = 200): string {
  return answer(status, JSON.stringify(value), { "content-type": "application/json" });
}

/** A refusal. */
export function refusal(reason: ProblemReason, detail = "No", more: object = {}): string {
  const problem = { ...problemOf(new ProblemError(reason, detail)), ...more };
  return answer(problem.status, JSON.stringify(problem), {
    "content-type": "application/problem+json",
  });
}

/** Lines of a list. */
export function list(...entries: readonly unknown[]): string {
  return answer(200, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
}

/** Text as bytes of UTF-8, each a character. */
export function utf8(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

/** What an honest server with an empty tree answers. */
async function usual({ method, path, headers, body }: Asked): Promise<string> {
  const resource = `${method} ${path.split("?")[0]}`;
  switch (resource) {
    case "GET /v4":
      return json({ versions: [4] });
    case "POST /v4/nonce":
      return json({ nonce: "A".repeat(64), seconds: 60 });
    case "POST /v4/clients":
      return json({ id: ID, device: ID, ...TOKEN }, 201);
    case "POST /v4/tokens":
      return json(TOKEN, 201);
    case "GET /v4/tokens":
      return json({ tokens: [{ id: ID, scope: "read", expires: LATER, current: true }] });
    case "GET /v4/devices":
      return json({ devices: [{ id: ID, label: "x", added: LATER, current: true }] });
    case "POST /v4/uploads":
      return answer(201, "", { location: `/v4/uploads/${ID}`, "upload-offset": 0 });
    case "POST /v4/batch":
      return await done(await body());
  }
  if (method === "PATCH") {
    const offset = Number(headers.get("upload-offset")) + (await body()).byteLength;
    return answer(204, "", { "upload-offset": offset });
  }
  if (resource === `HEAD /v4/uploads/${ID}`) return answer(200, "", { "upload-offset": 0 });
  if (path.endsWith("/commit")) return json({ path: "x", size: 0, tree: "" });
  if (path.includes("?list")) return answer(200);
  if (method === "DELETE") return answer(204);
  if (method === "MOVE" || method === "MKCOL") return answer(201);
  return refusal("not-found");
}

/** The answers to a batch of which every entry is taken. */
function done(body: Uint8Array): string {
  const ids: number[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.byteLength; at += 12 + view.getUint32(at + 8, true)) {
    if (view.getUint8(at) !== 3) ids.push(view.getUint32(at + 4, true));
  }
  return frames(encodeAnswer({ type: "done", ids }));
}

/** An answer to a batch, with these bytes. */
export function frames(...parts: readonly Uint8Array[]): string {
  const bytes = parts.flatMap((part) => [...part]);
  const text = bytes.map((byte) => String.fromCharCode(byte)).join("");
  return `HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n\r\n${text}`;
}
