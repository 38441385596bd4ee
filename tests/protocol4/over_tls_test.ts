/** The whole server, by curl over TLS with the server's key pinned. */

import { equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { toBase64 } from "../../shared/text/encodings.ts";
import { openPinned } from "../../client/protocol4/connection/open_pinned.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import { encodeFrame } from "../../shared/protocol4/batch/frame.ts";
import { blockHashNow } from "../../shared/protocol4/tree/leaf_stack.ts";
import { joined } from "../../shared/wire/bytes.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { curlUser, PINNED } from "./fixtures/curl_user.ts";
import { runDocumented } from "./fixtures/documented_commands.ts";
import { hasProgram } from "./fixtures/shell.ts";

Deno.test("the commands of docs/protocol-4.md work over TLS, and a token in clear is revoked", {
  ignore: !await hasProgram("curl"),
}, async () => {
  await using folder = await temporaryFolder();
  const cwd = join(folder.path, "work");
  await Deno.mkdir(cwd);
  await using server = await RunningServer.here(join(folder.path, "data"));
  const address = parseServerAddress(await server.printed(/^sealpost:/));
  const { env, curl } = await curlUser(address, { cwd, name: "Maya" });
  await runDocumented({ cwd, env }, { before: PINNED });

  // Another key is another server: curl sends nothing to it.
  await rejects(curl('"$URL/v4"', { PIN: `sha256//${toBase64(new Uint8Array(32))}` }));
  const list = '-H "Authorization: Bearer $TOKEN" "$URL/v4/files?list"';
  match(await curl(list), /report\.pdf/);
  match(await curl(list, { URL: `http://127.0.0.1:${address.port}` }), /no longer/);
  equal(JSON.parse(await curl(list)).reason, "token-revoked");
});

Deno.test("a refusal reaches a client that is still sending a large body", {
  ignore: !await hasProgram("curl"),
}, async () => {
  await using folder = await temporaryFolder();
  const cwd = folder.path;
  await using server = await RunningServer.here(join(cwd, "data"));
  const address = parseServerAddress(await server.printed(/^sealpost:/));
  const { curl } = await curlUser(address, { cwd, name: "Maya" });
  await Deno.writeFile(join(cwd, "large"), new Uint8Array(8 * 1024 ** 2));
  const put = '-o /dev/null -w "%{http_code}" -H "Authorization: Bearer $TOKEN" -H "Expect:" ' +
    '-H "If-Match: *" -T large "$URL/v4/files/none"';
  equal(await curl(put), "412");
  equal(await curl(put, { TOKEN: "guessed" }), "401");
});

/** Passes connections on, and of clients that are gone the end of what they sent, and no more. */
class HalfClosingRelay implements Disposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #to: number;
  /** For each connection, resolves when the server has ended it. */
  readonly ended: Promise<void>[] = [];

  constructor(to: number) {
    this.#to = to;
    void this.#accept().catch(() => {});
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) this.ended.push(this.#pass(client));
  }

  async #pass(client: Deno.TcpConn): Promise<void> {
    using server = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    await Promise.all([copy(client, server).then(() => server.closeWrite()), copy(server, client)]);
    client.close();
  }
}

/** Copies all that comes, as long as the other side reads. */
async function copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let size; (size = await from.read(buffer).catch(() => null)) !== null;) {
    await to.write(buffer.subarray(0, size)).catch(() => 0);
  }
}

Deno.test("batches whose client has left end, and give their places back", {
  ignore: !await hasProgram("curl"),
}, async () => {
  await using folder = await temporaryFolder();
  await using server = await RunningServer.here(join(folder.path, "data"));
  const address = parseServerAddress(await server.printed(/^sealpost:/));
  const { env: { TOKEN } } = await curlUser(address, { cwd: folder.path, name: "Maya" });
  const { port, spki } = address;
  ok(spki !== undefined);
  using relay = new HalfClosingRelay(port);
  const content = new TextEncoder().encode("hello");
  const begin = async (id: number) => {
    const conn = await openPinned(
      { host: "127.0.0.1", port: relay.port, spki },
      { timeout: 9_000, clock: SYSTEM_CLOCK },
    );
    const frame = encodeFrame({
      ...{ type: "file", id, content, sha256: blockHashNow(content) },
      metadata: { path: `${id}.txt` },
    });
    const head = "POST /v4/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n" +
      `Authorization: Bearer ${TOKEN}\r\n\r\n`;
    // Half of another frame follows: without more of it nothing happens.
    await conn.write(joined(new TextEncoder().encode(head), frame, frame.subarray(0, 20)));
    return conn;
  };
  // As many at once as one client may have, twice: killed connections release their slots.
  for (const round of [0, 1]) {
    const conns = await Promise.all(Array.from({ length: 8 }, (_, at) => begin(8 * round + at)));
    for (const conn of conns) {
      const answer = new Uint8Array(4_096);
      match(new TextDecoder().decode(answer.subarray(0, await conn.read(answer) ?? 0)), / 200 OK/);
      conn.close();
    }
    await Promise.all(relay.ended);
  }
});
