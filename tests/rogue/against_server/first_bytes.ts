/** Attacks on a port that speaks protocols 3 and 4: by what a connection begins with. */

import { match, ok, strictEqual } from "node:assert/strict";
import { lcg } from "../../kernel/golden_vectors.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { SocketLink } from "../../peers/socket_link.ts";
import type { Arena } from "../arena.ts";
import type { AttacksOnServer } from "../attack.ts";

const SECOND = 1_000;

/** Bytes of a ClientHello that is announced. */
const LENGTH = 16_000;

/** What decides that a connection is TLS. */
const HELLO = Uint8Array.of(
  ...[0x16, 3, 1, LENGTH >> 8, LENGTH & 0xff, 1],
  ...[0, LENGTH - 4 >> 8, LENGTH - 4 & 0xff],
);

const GET = new TextEncoder().encode("GET /v4/key HTTP/1.1\r\nHost: a\r\n\r\n");

async function line(arena: Arena): Promise<SocketLink> {
  return await SocketLink.connect({ host: "127.0.0.1", port: arena.port });
}

/** All that comes until the server hangs up. */
async function said(line: SocketLink): Promise<string> {
  let text = "";
  for (;;) {
    const bytes = await line.read().catch(() => undefined);
    if (bytes === undefined) return text;
    text += new TextDecoder("latin1").decode(bytes);
  }
}

/** The attacks by their names. */
export const ATTACKS_BY_FIRST_BYTES: AttacksOnServer = {
  "half-a-hello": {
    outcome: "refused.first-request-late",
    limits: { firstRequestTime: SECOND },
    protocol4: true,
    async play(arena) {
      using half = await line(arena);
      await half.send(HELLO);
      strictEqual(await said(half), "");
    },
  },
  "dripped-hello": {
    outcome: "refused.first-request-late",
    protocol4: true,
    async play(arena) {
      using slow = await line(arena);
      const ended = said(slow);
      for (const byte of HELLO.subarray(0, -1)) {
        const waited = arena.clock.pass(5 * SECOND);
        await slow.send(Uint8Array.of(byte)).catch(() => {});
        await Promise.race([waited, ended]);
      }
      strictEqual(await ended, "");
    },
  },
  "noise-as-hello": {
    outcome: "refused.no-request",
    protocol4: true,
    async play(arena) {
      for (let seed = 1; seed <= 20; seed++) {
        using noise = await line(arena);
        await noise.send(HELLO);
        await noise.send(lcg(seed, LENGTH)).catch(() => {});
        // An alert of TLS at the most.
        ok((await said(noise)).length < 10);
      }
    },
  },
  "hello-flood": {
    outcome: "refused.stranger-evicted",
    limits: { connections: 16 },
    protocol4: true,
    async play(arena) {
      await using lines = new AsyncDisposableStack();
      for (let at = 0; at < 48; at++) {
        const half = lines.use(await line(arena));
        await half.send(HELLO).catch(() => {});
      }
      await arena.honest();
    },
  },
  "endless-clear-head": {
    outcome: "refused.clear-head-too-large",
    protocol4: true,
    async play(arena) {
      using endless = await line(arena);
      await endless.send(GET.subarray(0, -2));
      const header = new TextEncoder().encode(`X: ${"y".repeat(995)}\r\n`);
      for (let kib = 0; kib < 64; kib++) await endless.send(header).catch(() => {});
      match(await said(endless), /^HTTP\/1\.1 431 /);
    },
  },
  "request-behind-clear": {
    outcome: "harmless",
    protocol4: true,
    async play(arena) {
      const name = TextField.of("Smuggler");
      const request = { kind: "register", clientId: NO_CLIENT_ID, name } as const;
      using behind = await line(arena);
      const bytes = encodeRequest(REVISIONS["2024a"], request);
      await behind.send(Uint8Array.of(...GET, ...bytes, ...HELLO));
      match(await said(behind), /^HTTP\/1\.1 200 [^]*\}$/);
      strictEqual(arena.lines.some(({ message }) => message.includes("Smuggler")), false);
    },
  },
  "token-in-clear": {
    outcome: "refused.token-in-clear",
    protocol4: true,
    async play(arena) {
      for (const method of ["GET", "PUT", "POST", "PROPFIND"]) {
        using clear = await line(arena);
        const head =
          `${method} /v4/files/a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n`;
        await clear.send(new TextEncoder().encode(`${head}\r\n`));
        match(await said(clear), /^HTTP\/1\.1 400 [^]*holds no longer/, method);
      }
      ok(!JSON.stringify(arena.lines).includes("secret"));
    },
  },
};
