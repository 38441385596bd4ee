import { match, ok, strictEqual } from "node:assert/strict";
import { makeCertificate, toPem } from "../../../shared/protocol4/keys/certificate.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { keyName } from "../../../shared/protocol4/keys/public_key.ts";
import { HAS_PYTHON, NO_PYTHON, python } from "../../../tests/end_to_end/fixtures/python.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { type PeerKey, peerKey, TlsPeer } from "../../../tests/peers/tls_peer.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { HttpConnection } from "./http_connection.ts";
import { openPinned, type PinnedServer } from "./open_pinned.ts";

const OPTIONS = { timeout: 20_000, clock: SYSTEM_CLOCK };

/** Why the server is refused, with a request in hand that must not be sent to it. */
async function refusal(server: PinnedServer): Promise<string> {
  try {
    const connection = await HttpConnection.open(server, OPTIONS);
    await connection.request({ method: "GET", path: "/", headers: { secret: "x" } });
    connection.close();
    return "accepted";
  } catch (error) {
    ok(error instanceof ClientError, String(error));
    return error.reason;
  }
}

Deno.test("A server that proves its key is connected to, by any address", async () => {
  const key = await peerKey();
  await using peer = await TlsPeer.start(key, async ({ rest }) => void await rest());
  for (const host of ["127.0.0.1", "localhost"]) {
    const tls = await openPinned({ ...peer.address, host, spki: key.spki }, OPTIONS);
    strictEqual((await tls.handshake()).alpnProtocol, "http/1.1");
    tls.close();
  }
});

Deno.test("A server with another key is refused, and gets no byte inside TLS", async () => {
  const [known, other] = [await peerKey(), await peerKey()];
  await using peer = await TlsPeer.start(other, async ({ rest }) => void await rest());
  strictEqual(await refusal({ ...peer.address, spki: known.spki }), "server-key-mismatch");
  strictEqual(peer.connections, 1);
  strictEqual(peer.received, 0);
});

Deno.test("A certificate with the known key's name, signed by another, is refused", async () => {
  const [known, other] = [await peerKey(), await peerKey()];
  const name = await keyName(known.spki);
  const cert = toPem("CERTIFICATE", await makeCertificate({ ...other, names: [name] }));
  await using peer = TlsPeer.with({ cert, key: other.pem }, async ({ rest }) => void await rest());
  strictEqual(await refusal({ ...peer.address, spki: known.spki }), "server-key-mismatch");
  strictEqual(peer.received, 0);
});

Deno.test("The known name and issuer over another key are refused", async () => {
  const [known, other] = [await peerKey(), await peerKey()];
  // The issuer is the known key's, the key in it and the signature are the other's.
  const own = await makeCertificate({ ...other, names: [await keyName(known.spki)] });
  const forged = replaced(own, {
    from: (await keyName(other.spki)).slice(0, 52),
    to: (await keyName(known.spki)).slice(0, 52),
  });
  const cert = toPem("CERTIFICATE", forged);
  await using peer = TlsPeer.with({ cert, key: other.pem }, async ({ rest }) => void await rest());
  strictEqual(await refusal({ ...peer.address, spki: known.spki }), "server-key-forged");
  strictEqual(peer.received, 0);
});

Deno.test(`Who shows the known certificate without its key is refused${NO_PYTHON}`, {
  ignore: !HAS_PYTHON,
}, async () => {
  const [known, other] = [await peerKey(), await peerKey()];
  const cert = toPem("CERTIFICATE", await makeCertificate({ ...known, names: [] }));
  await using server = await pythonServer(cert, await mixedKey({ secret: other, shown: known }));
  strictEqual(await refusal({ ...server.address, spki: known.spki }), "server-key-forged");
});

Deno.test("What does not speak TLS is refused by name", async () => {
  for (const said of ["HTTP/1.1 400 Bad Request\r\n\r\n", "", "\x15\x03\x03\x00\x02\x02\x28"]) {
    await using server = clearPeer(said);
    const { spki } = await peerKey();
    strictEqual(await refusal({ ...server.address, spki }), "no-protocol-4", JSON.stringify(said));
  }
});

Deno.test("A server that says nothing is given up after the timeout, by the clock", async () => {
  const clock = new TestClock();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { spki } = await peerKey();
  const server = { host: "127.0.0.1", port: listener.addr.port, spki };
  const opening = openPinned(server, { timeout: 9_000, clock }).then(
    () => "opened",
    (error: unknown) => error,
  );
  using conn = await listener.accept();
  // The limit for the connection comes first, then that for the handshake.
  await clock.waitedFor(9_000);
  await clock.waitedFor(9_000);
  clock.advance(9_000);
  const error = await opening;
  ok(error instanceof ClientError, String(error));
  strictEqual(error.reason, "no-connection");
  match(error.message, /within 9 s/);
  ok(conn);
});

Deno.test("A port on which no server listens is no connection", async () => {
  const { spki } = await peerKey();
  const error = await openPinned({ ...NOBODY, spki }, OPTIONS).then(
    () => undefined,
    (error: unknown) => error,
  );
  ok(error instanceof ClientError);
  strictEqual(error.reason, "no-connection");
  strictEqual(error.exitCode, EXIT.noConnection);
});

/** Bytes of ASCII in a certificate replaced by others, as many. */
function replaced(
  bytes: Uint8Array<ArrayBuffer>,
  { from, to }: { readonly from: string; readonly to: string },
): Uint8Array {
  const text = String.fromCharCode(...bytes).replaceAll(from, to);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A private key in PEM that states one public key and signs with another. */
async function mixedKey(
  { secret, shown }: { readonly secret: PeerKey; readonly shown: PeerKey },
): Promise<string> {
  const bytesOf = async ({ key }: PeerKey) =>
    new Uint8Array(await crypto.subtle.exportKey("pkcs8", key));
  const [theirs, ours] = [await bytesOf(secret), await bytesOf(shown)];
  // PKCS #8 of a P-256 key ends in its public point.
  return toPem("PRIVATE KEY", joined(theirs.slice(0, -64), ours.slice(-64)));
}

/** What OpenSSL serves with a certificate and a key, which it does not compare in full. */
const SERVER = `
import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
conn, _ = listener.accept()
try:
    context.wrap_socket(conn, server_side=True).recv(1)
except (OSError, ssl.SSLError):
    pass
`;
import { NOBODY } from "../../../tests/peers/nobody.ts";

async function pythonServer(cert: string, key: string) {
  const folder = await temporaryFolder();
  const paths = [`${folder.path}/cert.pem`, `${folder.path}/key.pem`] as const;
  await Promise.all([Deno.writeTextFile(paths[0], cert), Deno.writeTextFile(paths[1], key)]);
  const child = python(["-c", SERVER, ...paths], { stdout: "piped", stdin: "null" }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    address: { host: "127.0.0.1", port: Number(new TextDecoder().decode(value)) },
    async [Symbol.asyncDispose]() {
      await child.status;
      await reader.cancel();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** A server that says something as soon as it has heard something, and closes. */
function clearPeer(said: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    using conn = await listener.accept();
    await conn.read(new Uint8Array(4096));
    const bytes = Uint8Array.from(said, (character) => character.charCodeAt(0));
    if (bytes.byteLength > 0) await conn.write(bytes);
  })();
  return {
    address: { host: "127.0.0.1", port: listener.addr.port },
    async [Symbol.asyncDispose]() {
      await serving;
      listener.close();
    },
  };
}
