import { makeCertificate, toPem } from "../../shared/protocol4/keys/certificate.ts";
import { keyText } from "../../shared/protocol4/keys/public_key.ts";
import type { Rotation } from "../../shared/protocol4/keys/rotation.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import {
  deviceBytes,
  loginBytes,
  registerBytes,
} from "../../shared/protocol4/keys/signed_bytes.ts";
import { ProblemError, problemOf, type ProblemReason } from "../../shared/protocol4/problem.ts";
import type { Address } from "../../shared/text/address.ts";
import { fromBase64Url, fromHex, toBase64Url, toHex } from "../../shared/text/encodings.ts";
import { listenOnOwnPort, untilVacant } from "./own_port.ts";
import { type PeerKey, peerKey } from "./tls_peer.ts";

type Body = Readonly<Record<string, string | undefined>>;

interface Account {
  readonly id: string;
  readonly name: string;
  readonly devices: Map<string, { readonly key: string; readonly label: string }>;
}

/** What an `AccountServer` does otherwise than usual. */
export interface AccountServerOptions {
  readonly key?: PeerKey;
  /** Whether nothing is to listen at its address once it is disposed of. Default: no. */
  readonly stops?: boolean;
  /** The invitations, each of which is taken once; undefined if none is needed. */
  readonly invitations?: Set<string>;
  readonly rotation?: Rotation;
  /** Answers in place of the usual ones, if it returns one. */
  readonly before?: (request: Request) => Response | undefined | Promise<Response | undefined>;
}

/**
 * A server of protocol 4 with accounts and nothing else, as docs describe it and by nothing of
 * server/: TLS, and clear requests for its key, on one port.
 */
export class AccountServer implements AsyncDisposable {
  readonly key: PeerKey;
  readonly address: Address;
  /** Requests inside TLS, `METHOD PATH`, and outside of it. */
  readonly requests: string[] = [];
  readonly clear: string[] = [];
  readonly accounts = new Map<string, Account>();
  readonly tokens = new Map<string, { readonly account: string; readonly device: string }>();
  readonly #options: AccountServerOptions;
  readonly #nonces = new Set<string>();
  readonly #codes = new Map<string, string>();
  readonly #listener: Deno.TcpListener;
  readonly #inner: Deno.HttpServer<Deno.NetAddr>;
  readonly #piping: Promise<void>;
  readonly #open = new Set<Deno.Conn>();

  private constructor(key: PeerKey, cert: string, options: AccountServerOptions) {
    this.key = key;
    this.#options = options;
    this.#inner = Deno.serve({
      ...{ hostname: "127.0.0.1", port: 0, cert, key: key.pem, onListen() {} },
    }, (request) => this.#answer(request));
    this.#listener = options.stops === true
      ? listenOnOwnPort()
      : Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.address = { host: "127.0.0.1", port: this.#listener.addr.port };
    this.#piping = this.#accept();
  }

  static async start(options: AccountServerOptions = {}): Promise<AccountServer> {
    const key = options.key ?? await peerKey();
    const cert = toPem("CERTIFICATE", await makeCertificate({ ...key, names: ["localhost"] }));
    return new AccountServer(key, cert, options);
  }

  /** Its address, with its key, and perhaps an invitation. */
  text(invitation?: string): string {
    const { key: { spki }, address } = this;
    return formatServerAddress({
      ...address,
      spki,
      ...(invitation !== undefined && { invitation }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) conn.close();
    this.#open.clear();
    await this.#piping;
    await untilVacant(this.address.port);
    await this.#inner.shutdown();
  }

  async #accept(): Promise<void> {
    const running: Promise<void>[] = [];
    for (;;) {
      const conn = await this.#listener.accept().catch(() => undefined);
      if (conn === undefined) break;
      running.push(this.#serve(conn).catch(() => {}));
    }
    await Promise.all(running);
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    this.#open.add(conn);
    const first = new Uint8Array(16 * 1024);
    const size = await conn.read(first) ?? 0;
    if (first[0] === 0x47) {
      this.clear.push(new TextDecoder().decode(first.subarray(0, size)));
      const body = JSON.stringify(this.#keyObject());
      await conn.write(new TextEncoder().encode(
        `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
          `Connection: close\r\n\r\n${body}`,
      ));
      return this.#close(conn);
    }
    const inner = await Deno.connect({ port: this.#inner.addr.port });
    this.#open.add(inner);
    await inner.write(first.subarray(0, size));
    const pipe = async (from: Deno.Conn, to: Deno.Conn) => {
      const buffer = new Uint8Array(64 * 1024);
      for (let got = await from.read(buffer); got !== null; got = await from.read(buffer)) {
        for (let at = 0; at < got;) at += await to.write(buffer.subarray(at, got));
      }
    };
    await Promise.any([pipe(conn, inner), pipe(inner, conn)]).catch(() => {});
    this.#close(conn);
    this.#close(inner);
  }

  #close(conn: Deno.Conn): void {
    if (this.#open.delete(conn)) conn.close();
  }

  #keyObject() {
    const { rotation } = this.#options;
    return { key: keyText(this.key.spki), ...(rotation !== undefined && { rotation }) };
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    try {
      const early = await this.#options.before?.(request);
      if (early !== undefined) return early;
      const text = await request.text();
      const body: Body = text === "" ? {} : JSON.parse(text);
      return await this.#route(`${request.method} ${pathname}`, body, request);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return answerOf(error);
    }
  }

  async #route(route: string, body: Body, request: Request): Promise<Response> {
    switch (route) {
      case "GET /v4":
        return Response.json({ versions: [4], ...this.#keyObject() });
      case "GET /v4/key":
        return Response.json(this.#keyObject());
      case "POST /v4/nonce":
        return this.#nonce();
      case "POST /v4/clients":
        return await this.#register(body);
      case "POST /v4/tokens":
        return Response.json(this.#issue(await this.#signer(body)), { status: 201 });
      case "POST /v4/devices/codes":
        return await this.#offer(body);
      case "POST /v4/devices":
        return await this.#addDevice(body);
      case "GET /v4/devices":
        return this.#list(request);
    }
    const [, id] = /^DELETE \/v4\/devices\/([0-9a-f]{32})$/.exec(route) ?? [];
    if (id === undefined) throw new ProblemError("no-resource");
    const { account } = this.#client(request);
    if (!account.devices.delete(id)) throw new ProblemError("not-found");
    for (const [token, { device }] of this.tokens) if (device === id) this.tokens.delete(token);
    return new Response(null, { status: 204 });
  }

  #nonce(): Response {
    const nonce = toBase64Url(crypto.getRandomValues(new Uint8Array(48)));
    this.#nonces.add(nonce);
    return Response.json({ nonce, seconds: 60 });
  }

  async #register({ name = "", key = "", label = "", invitation = "", ...proof }: Body) {
    const server = this.key.spki;
    await this.#check(key, proof, (nonce) => registerBytes({ server, nonce, name, invitation }));
    const known = [...this.accounts.values()].find((account) => account.name === name);
    const device = [...known?.devices ?? []].find(([, { key: theirs }]) => theirs === key);
    if (known !== undefined) {
      if (device === undefined) throw new ProblemError("name-taken");
      return Response.json(this.#issue({ account: known.id, device: device[0] }), { status: 201 });
    }
    const { invitations } = this.#options;
    if (invitations !== undefined) {
      if (invitation === "") throw new ProblemError("invitation-needed");
      if (!invitations.delete(invitation)) throw new ProblemError("invitation-unknown");
    }
    const [id, deviceId] = [randomId(), randomId()];
    this.accounts.set(id, { id, name, devices: new Map([[deviceId, { key, label }]]) });
    return Response.json(this.#issue({ account: id, device: deviceId }), { status: 201 });
  }

  async #addDevice({ code = "", key = "", label = "", ...proof }: Body): Promise<Response> {
    const server = this.key.spki;
    await this.#check(key, proof, (nonce) => deviceBytes({ server, nonce, label, code }));
    const account = this.accounts.get(this.#codes.get(code) ?? "");
    if (!this.#codes.delete(code) || account === undefined) {
      throw new ProblemError("invitation-unknown");
    }
    const device = randomId();
    account.devices.set(device, { key, label });
    const issued = this.#issue({ account: account.id, device });
    return Response.json({ ...issued, name: account.name }, { status: 201 });
  }

  async #offer(body: Body): Promise<Response> {
    const { account } = await this.#signer(body);
    const code = `device-${toHex(crypto.getRandomValues(new Uint8Array(16)))}`;
    this.#codes.set(code, account);
    return Response.json({ code, expires: "2030-01-01T00:00:00.000Z" }, { status: 201 });
  }

  #list(request: Request): Response {
    const { account, device } = this.#client(request);
    const devices = [...account.devices].map(([id, { label }]) => {
      return { id, label, added: "2026-01-01T00:00:00.000Z", current: id === device };
    });
    return Response.json({ devices });
  }

  /** The device whose key signed a login. */
  async #signer({ id = "", ...proof }: Body): Promise<{ account: string; device: string }> {
    const account = this.accounts.get(id);
    if (account === undefined) throw new ProblemError("client-unknown");
    const clientId = fromHex(id) ?? new Uint8Array(0);
    const bytes = (nonce: Uint8Array) => loginBytes({ server: this.key.spki, clientId, nonce });
    const nonce = this.#take(proof);
    for (const [device, { key }] of account.devices) {
      if (await isSigned(key, proof, bytes(nonce))) return { account: id, device };
    }
    throw new ProblemError("signature-invalid");
  }

  async #check(key: string, proof: Body, bytes: (nonce: Uint8Array) => Uint8Array<ArrayBuffer>) {
    if (!await isSigned(key, proof, bytes(this.#take(proof)))) {
      throw new ProblemError("signature-invalid");
    }
  }

  #take({ nonce = "" }: Body): Uint8Array {
    if (!this.#nonces.delete(nonce)) throw new ProblemError("nonce-used");
    return fromBase64Url(nonce) ?? new Uint8Array(0);
  }

  #issue({ account, device }: { readonly account: string; readonly device: string }) {
    const token = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
    this.tokens.set(token, { account, device });
    const expires = new Date(Date.UTC(2999, 0)).toISOString();
    return { id: account, device, token, tokenId: randomId(), scope: "write", expires };
  }

  #client(request: Request) {
    const token = /^Bearer (.*)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const held = this.tokens.get(token);
    const account = this.accounts.get(held?.account ?? "");
    if (held === undefined || account === undefined) throw new ProblemError("token-unknown");
    return { account, device: held.device };
  }
}

/** An answer that refuses. */
export function refusing(reason: ProblemReason, headers: Record<string, string> = {}): Response {
  return answerOf(new ProblemError(reason), headers);
}

function answerOf(error: ProblemError, more: Record<string, string> = {}): Response {
  const problem = problemOf(error);
  const headers = { "content-type": "application/problem+json", ...more };
  return Response.json(problem, { status: problem.status, headers });
}

async function isSigned(
  key: string,
  { signature = "" }: Body,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const raw = fromBase64Url(key) ?? new Uint8Array(0);
  const imported = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  const signed = fromBase64Url(signature) ?? new Uint8Array(0);
  return await crypto.subtle.verify("Ed25519", imported, signed, bytes);
}

function randomId(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}
