import { spkiOfText } from "../../../shared/protocol4/keys/public_key.ts";
import type { Rotation } from "../../../shared/protocol4/keys/rotation.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import { OpenError, openTcp } from "../../network/connecting.ts";
import { HttpConnection } from "../connection/http_connection.ts";
import { type OpenOptions, retriedIfCut } from "../connection/open_pinned.ts";
import { type JsonObject, objectOf } from "./server_requests.ts";

/** What a server says of its key without TLS: anyone on the way may have changed it. */
export interface ClaimedKey {
  readonly spki: Uint8Array<ArrayBuffer>;
  /** The change to that key, if it says that there was one. */
  readonly rotation: Rotation | undefined;
}

/**
 * Asks a server for its key without TLS. The key is a claim until a person has compared it, or a
 * rotation has been checked. The request has nothing of the client.
 *
 * Throws a `ClientError`: `no-connection`, and `server-key-unknown` when the answer has no key.
 */
export async function askKey(server: Address, options: OpenOptions): Promise<ClaimedKey> {
  const { status, said } = await retriedIfCut(() => saidKey(server, options), {
    ...options,
    isCut: ({ reason }) => reason === "connection-lost",
  }).catch((error: unknown) => {
    if (!(error instanceof ClientError) || error.reason === "no-connection") throw error;
    throw keyUnknown(server, error.message, error);
  });
  const spki = typeof said["key"] === "string" ? spkiOfText(said["key"]) : undefined;
  if (spki !== undefined) return { spki, rotation: rotationOf(said["rotation"]) };
  throw keyUnknown(server, `it answered with the status ${status}`);
}

async function saidKey(
  server: Address,
  options: OpenOptions,
): Promise<{ readonly status: number; readonly said: JsonObject }> {
  const conn = await openTcp(server, options).catch((error: unknown) => {
    if (!(error instanceof OpenError)) throw error;
    const { message, cause } = error;
    throw new ClientError(message, {
      ...{ reason: "no-connection", exitCode: EXIT.noConnection, cause },
    });
  });
  const connection = new HttpConnection(conn, { server, ...options });
  try {
    const { status, body } = await connection.request({
      ...{ method: "GET", path: "/v4/key", headers: { connection: "close" } },
    });
    return { status, said: objectOf(status === 200 ? await body.json() : undefined) };
  } finally {
    connection.close();
  }
}

function keyUnknown(server: Address, why: string, cause?: unknown): ClientError {
  return new ClientError(
    `Cannot ask ${formatAddress(server)} for its key: ${why}. Check that it is a server of ` +
      "protocol 4, or give its whole address with the key",
    { reason: "server-key-unknown", exitCode: EXIT.noConnection, cause },
  );
}

/** A rotation from JSON, with a form and nothing else checked. */
function rotationOf(value: unknown): Rotation | undefined {
  const { old, new: now, from, signature } = objectOf(value);
  if (typeof old !== "string" || typeof now !== "string") return undefined;
  if (typeof from !== "string" || typeof signature !== "string") return undefined;
  return { old, new: now, from, signature };
}
