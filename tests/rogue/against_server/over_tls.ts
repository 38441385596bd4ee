/** Attacks over TLS, which the runtime's own server meets before any code of the project. */

import { match, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Arena } from "../arena.ts";
import { frame, getFrame, PING, PREFACE } from "../../web/http2_frames.ts";
import type { AttacksOnServer } from "../attack.ts";

/** Opens a connection of TLS. */
async function connect({ port }: Arena, protocol: "h2" | "http/1.1"): Promise<TLSSocket> {
  const conn = connectTls({
    ...{ host: "127.0.0.1", port, rejectUnauthorized: false, ALPNProtocols: [protocol] },
  });
  await once(conn, "secureConnect");
  conn.on("error", () => {});
  return conn;
}

/** KiB of a head that no server should take. */
const MUCH = 256;

/**
 * How often a head without an end is sent. One connection in five is reset by its client, which is
 * told of the end, before the server sees that end itself: then nothing is counted.
 */
const TIMES = 8;

/** Sends a piece `MUCH` times, and waits until the server has ended the connection. */
async function sendMuch(conn: TLSSocket, piece: Buffer): Promise<void> {
  // Not `once()`, which rejects: a connection that is closed with bytes left to read is reset.
  const closed = new Promise((resolve) => conn.once("close", resolve));
  conn.resume();
  for (let sent = 0; sent < MUCH; sent++) conn.write(piece);
  await closed;
}

/** A field of a head in HTTP/2, not compressed: a name of one byte, and its value. */
const FIELD = Buffer.concat([Buffer.from([0, 1, 0x78, 0x7f, 0xe1, 6]), Buffer.alloc(992, 0x79)]);

/** The attacks by their names. */
export const ATTACKS_OVER_TLS: AttacksOnServer = {
  "handshake-flood": {
    outcome: "harmless",
    protocol4: true,
    async play(arena) {
      for (let round = 0; round < 10; round++) {
        const conns = await Promise.all(Array.from({ length: 20 }, () => connect(arena, "h2")));
        await Promise.all(conns.map((conn) => {
          conn.destroy();
          return once(conn, "close");
        }));
      }
    },
  },
  "endless-head": {
    outcome: "refused.no-request",
    protocol4: true,
    async play(arena) {
      for (let time = 0; time < TIMES; time++) {
        const conn = await connect(arena, "http/1.1");
        conn.write("GET /v4/key HTTP/1.1\r\nHost: a\r\n");
        await sendMuch(conn, Buffer.from(`X: ${"y".repeat(995)}\r\n`));
      }
    },
  },
  "records-of-one-byte": {
    outcome: "harmless",
    protocol4: true,
    async play(arena) {
      const conn = await connect(arena, "http/1.1");
      conn.write("GET /v4/key HTTP/1.1\r\nHost: a\r\nX: ");
      for (let sent = 0; sent < 20_000; sent++) {
        if (!conn.write(Buffer.of(0x78))) await once(conn, "drain");
      }
      // It is a head like any other.
      conn.write("\r\n\r\n");
      const [answer] = await once(conn, "data");
      match(String(answer), /^HTTP\/1\.1 200 /);
      conn.destroy();
    },
  },
  "endless-head-frames": {
    outcome: "refused.no-request",
    protocol4: true,
    async play(arena) {
      for (let time = 0; time < TIMES; time++) {
        const conn = await connect(arena, "h2");
        conn.write(PREFACE);
        // HEADERS without an end, and then CONTINUATION.
        conn.write(frame(1, 0, 1, FIELD));
        await sendMuch(conn, frame(9, 0, 1, FIELD));
      }
    },
  },
  "pinged-connection": {
    outcome: "harmless",
    protocol4: true,
    limits: { idleTime: 1_000 },
    async play(arena) {
      const conn = await connect(arena, "h2");
      conn.resume();
      let isClosed = false;
      conn.once("close", () => isClosed = true);
      conn.write(PREFACE);
      conn.write(getFrame("/v4/key"));
      for (let sent = 0; !isClosed; sent++) {
        ok(sent < 1_000, "It is kept");
        conn.write(PING);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  },
  "reset-streams": {
    outcome: "harmless",
    protocol4: true,
    leavesOperations: true,
    async play(arena) {
      const session = connectHttp2(`https://127.0.0.1:${arena.port}`, {
        rejectUnauthorized: false,
      });
      const ended = Promise.withResolvers<void>();
      for (const event of ["error", "close", "goaway"]) session.on(event, () => ended.resolve());
      let sent = 0;
      let isEnded = false;
      void ended.promise.then(() => isEnded = true);
      // 10,000 of them are in tests/long/rogue/.
      for (; sent < 3_000 && !isEnded; sent++) {
        const request = session.request({ ":path": "/v4/key" });
        request.on("error", () => {});
        request.close(8);
        if (sent % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
        if (sent % 1_000 === 0) await arena.honest();
      }
      ok(sent > 100, `${sent}`);
      session.destroy();
    },
  },
  "many-streams": {
    outcome: "harmless",
    protocol4: true,
    leavesOperations: true,
    async play(arena) {
      const session = connectHttp2(`https://127.0.0.1:${arena.port}`, {
        rejectUnauthorized: false,
      });
      const answer = async () => {
        const request = session.request({ ":path": "/v4/key" });
        const [headers] = await once(request, "response");
        request.resume();
        await once(request, "close");
        return headers[":status"];
      };
      const answers = Array.from({ length: 100 }, answer);
      await arena.honest();
      for (const status of await Promise.all(answers)) strictEqual(status, 200);
      session.destroy();
    },
  },
};
