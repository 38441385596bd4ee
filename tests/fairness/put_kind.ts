/** Uploads over HTTP/2, as many at once on one connection as a server allows. */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { registerBytes } from "../../shared/protocol4/keys/signed_bytes.ts";
import { fromBase64, fromBase64Url } from "../../shared/text/encodings.ts";
import { TestKey } from "../protocol4/fixtures/test_user.ts";
import type { Attacker } from "./kinds.ts";
import { connect, STREAMS } from "./tls_kinds.ts";

/** Bytes of an upload: some, which are read in more than one piece. */
const SIZE = 20_000;

/** Asks, and resolves with the text of the answer; rejects if it is an error. */
async function ask(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>>,
  body = Buffer.alloc(0),
): Promise<string> {
  const all = { ...headers, "content-length": `${body.byteLength}` };
  // To end one that has ended already is an error of the runtime, if the session is open by then.
  const request = session.request(all, { endStream: body.byteLength === 0 });
  let status = 0;
  let text = "";
  request.on("response", (headers) => status = Number(headers[":status"]));
  request.on("data", (bytes) => text += bytes);
  if (body.byteLength > 0) request.end(body);
  await once(request, "end");
  if (status >= 400) throw new Error(`${status}: ${text}`);
  return text;
}

/** Registers a client, and resolves with its token. */
async function register(session: ClientHttp2Session, name: string): Promise<string> {
  const server = fromBase64(JSON.parse(await ask(session, { ":path": "/v4/key" })).spki);
  const post = { ":method": "POST", "content-type": "application/json" };
  const { nonce } = JSON.parse(await ask(session, { ...post, ":path": "/v4/nonce" }));
  const key = await TestKey.make();
  const signed = { server: server ?? new Uint8Array(), name, invitation: "" };
  const bytes = registerBytes({ ...signed, nonce: fromBase64Url(nonce) ?? new Uint8Array() });
  const body = { name, key: key.text, nonce, signature: await key.sign(bytes) };
  const registration = Buffer.from(JSON.stringify(body));
  return JSON.parse(await ask(session, { ...post, ":path": "/v4/clients" }, registration)).token;
}

/** Uploads files, each again and again, 100 at once. */
export async function puts({ port, address, name }: Attacker): Promise<void> {
  const conn = connect({ port, address }, "h2");
  await once(conn, "secureConnect");
  const session = connectHttp2("https://127.0.0.1", { createConnection: () => conn });
  session.on("error", () => {});
  const token = await register(session, name);
  const body = Buffer.alloc(SIZE);
  const headers = { ":method": "PUT", authorization: `Bearer ${token}` };
  await Promise.all(Array.from({ length: STREAMS }, async (_, at) => {
    for (;;) await ask(session, { ...headers, ":path": `/v4/files/${at}` }, body);
  }));
}
