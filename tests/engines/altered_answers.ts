import { joined } from "../../shared/wire/bytes.ts";

/** Bytes before the body of a message: its kind, and its length with these four. */
const HEAD = 5;

/**
 * A proxy in front of a PostgreSQL, which says in some columns what that one does not: for what no
 * PostgreSQL that can be installed here says. Takes connections without TLS alone.
 */
export class AlteredAnswers implements AsyncDisposable {
  /** The port on 127.0.0.1. */
  readonly port: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #to: number;
  readonly #altered: Readonly<Record<string, string>>;
  readonly #open = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>[] = [];

  /** `to` is the port of the database; `altered` are texts of values, by the names of columns. */
  constructor(to: number, altered: Readonly<Record<string, string>>) {
    this.#to = to;
    this.#altered = altered;
    this.port = this.#listener.addr.port;
    this.#running.push(this.#accept());
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const end of [...this.#open]) this.#close(end);
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    for (;;) {
      const client = await this.#listener.accept().catch(() => undefined);
      if (client === undefined) return;
      this.#running.push(this.#pass(client));
    }
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    const ends = [client, server];
    for (const end of ends) this.#open.add(end);
    const answers = new Answers(this.#altered);
    await Promise.race([
      copy(client, server, (bytes) => bytes),
      copy(server, client, (bytes) => answers.altered(bytes)),
    ]);
    for (const end of ends) this.#close(end);
  }

  #close(end: Deno.TcpConn): void {
    if (this.#open.delete(end)) end.close();
  }
}

/** The messages of a PostgreSQL over one connection. */
class Answers {
  readonly #altered: Readonly<Record<string, string>>;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();
  #columns: readonly string[] = [];

  constructor(altered: Readonly<Record<string, string>>) {
    this.#altered = altered;
  }

  /** Takes bytes of it, and returns those of all messages that are whole by now. */
  altered(bytes: Uint8Array): Uint8Array {
    this.#rest = joined(this.#rest, bytes);
    const whole: Uint8Array[] = [];
    for (;;) {
      if (this.#rest.length < HEAD) break;
      const size = 1 + view(this.#rest).getUint32(1);
      if (this.#rest.length < size) break;
      whole.push(this.#message(this.#rest.subarray(0, size)));
      this.#rest = this.#rest.slice(size);
    }
    return joined(...whole);
  }

  #message(message: Uint8Array): Uint8Array {
    const kind = String.fromCharCode(message[0] ?? 0);
    if (kind === "T") this.#columns = columnsOf(message);
    return kind === "D" ? this.#row(message) : message;
  }

  #row(message: Uint8Array): Uint8Array {
    const row: Uint8Array[] = [];
    let at = HEAD + 2;
    for (const column of this.#columns) {
      const length = view(message).getInt32(at);
      const end = at + 4 + Math.max(0, length);
      const text = this.#altered[column];
      row.push(text === undefined ? message.subarray(at, end) : valueOf(text));
      at = end;
    }
    const body = joined(message.subarray(HEAD, HEAD + 2), ...row);
    const head = message.slice(0, HEAD);
    view(head).setUint32(1, body.length + 4);
    return joined(head, body);
  }
}

/** The names of the columns in a description of rows. */
function columnsOf(message: Uint8Array): readonly string[] {
  const names: string[] = [];
  let at = HEAD + 2;
  for (let count = view(message).getUint16(HEAD); count > 0; count--) {
    const end = message.indexOf(0, at);
    names.push(new TextDecoder().decode(message.subarray(at, end)));
    // The numbers of table and column, the type with its size and modifier, and the format.
    at = end + 1 + 18;
  }
  return names;
}

function valueOf(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const length = new Uint8Array(4);
  view(length).setUint32(0, bytes.length);
  return joined(length, bytes);
}

function view({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

async function copy(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  passed: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const size = await from.read(buffer);
      if (size === null) return;
      const bytes = passed(buffer.subarray(0, size));
      for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
    }
  } catch {
    // One of the ends is closed.
  }
}
