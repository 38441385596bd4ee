import { makeCertificate, toPem } from "../../shared/protocol4/keys/certificate.ts";
import type { Address } from "../../shared/text/address.ts";

/** A server's key in all its forms. */
export interface PeerKey {
  readonly key: CryptoKey;
  readonly spki: Uint8Array<ArrayBuffer>;
  /** The private key in PEM. */
  readonly pem: string;
}

/** Makes a P-256 key. */
export async function peerKey(): Promise<PeerKey> {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(curve, true, [
    "sign",
    "verify",
  ]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  return { key: privateKey, spki, pem: toPem("PRIVATE KEY", pkcs8) };
}

/** A connection of a `TlsPeer`. */
export interface PeerConn {
  readonly conn: Deno.Conn;
  /** Reads until the text has come; all that came since the last call. */
  readonly until: (text: string) => Promise<string>;
  /** Reads until the other side has closed; the number of bytes. */
  readonly rest: () => Promise<number>;
  readonly say: (text: string) => Promise<void>;
}

/** A TLS server that does what a test says, one script for each connection, in their order. */
export class TlsPeer implements AsyncDisposable {
  readonly address: Address;
  /** Connections so far, and bytes that arrived inside TLS. */
  connections = 0;
  received = 0;
  readonly #listener: Deno.TlsListener;
  readonly #serving: Promise<void>;
  readonly #open = new Set<Deno.Conn>();

  private constructor(
    listener: Deno.TlsListener,
    scripts: readonly ((peer: PeerConn) => Promise<void>)[],
  ) {
    this.#listener = listener;
    this.address = { host: "127.0.0.1", port: listener.addr.port };
    this.#serving = this.#serve(scripts);
  }

  /** Listens with a certificate of `key`; the last script is for all connections after it too. */
  static async start(
    key: PeerKey,
    ...scripts: readonly ((peer: PeerConn) => Promise<void>)[]
  ): Promise<TlsPeer> {
    const cert = toPem("CERTIFICATE", await makeCertificate({ ...key, names: ["localhost"] }));
    return TlsPeer.with({ cert, key: key.pem }, ...scripts);
  }

  /** Listens with any certificate. */
  static with(
    identity: { readonly cert: string; readonly key: string },
    ...scripts: readonly ((peer: PeerConn) => Promise<void>)[]
  ): TlsPeer {
    const alpnProtocols = ["http/1.1"];
    const listener = Deno.listenTls({
      ...{ hostname: "127.0.0.1", port: 0, alpnProtocols },
      ...identity,
    });
    return new TlsPeer(listener, scripts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
    await this.#serving;
  }

  async #serve(scripts: readonly ((peer: PeerConn) => Promise<void>)[]): Promise<void> {
    const running: Promise<void>[] = [];
    for (;;) {
      const conn = await this.#listener.accept().catch(() => undefined);
      if (conn === undefined) break;
      const script = scripts[Math.min(this.connections++, scripts.length - 1)];
      this.#open.add(conn);
      running.push(this.#play(conn, script));
    }
    await Promise.all(running);
  }

  async #play(
    conn: Deno.TlsConn,
    script: ((peer: PeerConn) => Promise<void>) | undefined,
  ): Promise<void> {
    try {
      await conn.handshake();
      await script?.(this.#peerOf(conn));
    } catch (error) {
      // The client may close at any moment, and the test too.
      if (error instanceof TypeError || error instanceof RangeError) throw error;
    } finally {
      if (this.#open.delete(conn)) conn.close();
    }
  }

  #peerOf(conn: Deno.TlsConn): PeerConn {
    const buffer = new Uint8Array(64 * 1024);
    const read = async () => {
      const size = await conn.read(buffer);
      this.received += size ?? 0;
      return size;
    };
    let heard = "";
    return {
      conn,
      until: async (text) => {
        while (!heard.includes(text)) {
          const size = await read();
          if (size === null) throw new Error(`The client closed before ${JSON.stringify(text)}`);
          heard += String.fromCharCode(...buffer.subarray(0, size));
        }
        const end = heard.indexOf(text) + text.length;
        const said = heard.slice(0, end);
        heard = heard.slice(end);
        return said;
      },
      rest: async () => {
        let all = heard.length;
        for (let size = await read(); size !== null; size = await read()) all += size;
        return all;
      },
      say: async (text) => {
        const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
        for (let at = 0; at < bytes.byteLength;) at += await conn.write(bytes.subarray(at));
      },
    };
  }
}
