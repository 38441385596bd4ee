/** A connection by HTTP to a server that plays a script. */

import { ok, strictEqual } from "node:assert/strict";
import type { Clock } from "../../../shared/clock.ts";
import { type PeerConn, peerKey, TlsPeer } from "../../../tests/peers/tls_peer.ts";
import { ClientError } from "../../client_error.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { type Answer, HttpConnection } from "../connection/http_connection.ts";
import type { HttpRequest, StreamedBody } from "../connection/request.ts";

const key = await peerKey();

/** Milliseconds that a connection waits. */
export const TIMEOUT = 20_000;

/** A request without a body. */
export const GET: HttpRequest = { method: "GET", path: "/v4" };

/** Makes bytes of text. */
export const utf8: TextEncoder = new TextEncoder();

/** What a server does with a connection. */
export type Script = (peer: PeerConn) => Promise<void>;

/** Has one connection play a script, and the client do something with it. */
export async function withServer(
  script: Script,
  act: (connection: HttpConnection, peer: TlsPeer) => Promise<void>,
  clock: Clock = SYSTEM_CLOCK,
): Promise<void> {
  await using peer = await TlsPeer.start(key, script);
  const server = { ...peer.address, spki: key.spki };
  const connection = await HttpConnection.open(server, { timeout: TIMEOUT, clock });
  try {
    await act(connection, peer);
  } finally {
    connection.close();
  }
}

/** Answers each request with the next of some answers. */
export function answering(...answers: readonly string[]): Script {
  return async ({ until, say, rest }) => {
    for (const answer of answers) {
      await until("\r\n\r\n");
      await say(answer);
    }
    await rest();
  };
}

/** The body of an answer. */
export async function text({ body }: Answer): Promise<string> {
  return new TextDecoder().decode(await body.bytes());
}

/** The reason of the `ClientError` that ends something. */
export async function reasonOf(acting: Promise<unknown>): Promise<string> {
  const error = await acting.then(() => undefined, (error: unknown) => error);
  ok(error instanceof ClientError, String(error));
  return error.reason;
}

/** Why the client refuses an answer, its body included. */
export async function refusal(answer: string, request: HttpRequest = GET): Promise<string> {
  let reason = "";
  await withServer(async ({ until, say }) => {
    await until("\r\n\r\n");
    await say(answer);
  }, async (connection) => {
    reason = await reasonOf((async () => await text(await connection.request(request)))());
    strictEqual(connection.reusable, false);
  });
  return reason;
}

/** A body that says how many of its pieces were asked for, and whether it was ended. */
export function countedBody(count: number, { size, piece }: {
  readonly size: number | undefined;
  readonly piece: Uint8Array;
}): { readonly state: { asked: number; ended: boolean }; readonly body: StreamedBody } {
  const state = { asked: 0, ended: false };
  async function* pieces() {
    try {
      for (; state.asked < count; state.asked++) yield await Promise.resolve(piece);
    } finally {
      state.ended = true;
    }
  }
  return { state, body: { size, pieces: pieces() } };
}
