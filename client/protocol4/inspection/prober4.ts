import { fingerprint, keyName } from "../../../shared/protocol4/keys/public_key.ts";
import { rotatedKey } from "../../../shared/protocol4/keys/rotation.ts";
import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { ClientError } from "../../client_error.ts";
import type { KeyState, Probed4, Prober4 } from "../../probe/prober.ts";
import { HttpConnection } from "../connection/http_connection.ts";
import type { OpenOptions, PinnedServer } from "../connection/open_pinned.ts";
import { expectStatus } from "../connection/errors.ts";
import { askKey, type ClaimedKey } from "../identity/ask_key.ts";
import { type KnownServer, knownServers, serverAt } from "../identity/known_servers.ts";
import { objectOf } from "../identity/server_requests.ts";
import { tlsVersion } from "./tls_version.ts";

/** Milliseconds in which a server of protocol 4 says its key: others are not waited for longer. */
const SILENCE = 3_000;

/**
 * Finds out whether a server speaks protocol 4, with which key, and what it says of itself, without
 * logging in. The key is what the server says without TLS, and has to be proved inside of it.
 */
export const probe4: Prober4 = async ({ server, timeout, clock, detail, config }) => {
  const known = serverAt(await knownServers(config), server);
  const options = { timeout: Math.min(timeout, SILENCE), clock };
  try {
    const claimed = await askKey(server, options);
    const pinned = { ...server, spki: claimed.spki };
    const about = await aboutServer(pinned, { timeout, clock });
    return {
      address: formatServerAddress(pinned),
      fingerprint: await fingerprint(claimed.spki),
      key: await keyState(claimed, known),
      ...(known !== undefined && { knownFrom: known.place }),
      tls: await tlsVersion(server, { timeout, clock, name: await keyName(claimed.spki) }),
      ...about,
    };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    detail(`Not protocol 4: ${error.message}`);
    return undefined;
  }
};

async function keyState(
  { spki, rotation }: ClaimedKey,
  known: KnownServer | undefined,
): Promise<KeyState> {
  if (known === undefined) return "new";
  if (sameBytes(known.spki, spki)) return "known";
  const now = rotation === undefined ? undefined : await rotatedKey(rotation, known.spki);
  return now !== undefined && sameBytes(now, spki) ? "rotated" : "changed";
}

/** What `GET /v4` says, over TLS with that key. */
async function aboutServer(
  pinned: PinnedServer,
  options: OpenOptions,
): Promise<Pick<Probed4, "registration" | "limits">> {
  const connection = await HttpConnection.open(pinned, options);
  try {
    const request = { method: "GET", path: "/v4", headers: { connection: "close" } };
    const { body } = await expectStatus(await connection.request(request), {
      ...{ statuses: [200], doing: "say what it speaks" },
    });
    const { registration, limits } = objectOf(await body.json());
    const numbers = Object.entries(objectOf(limits))
      .filter((entry): entry is [string, number] => typeof entry[1] === "number");
    return {
      ...(typeof registration === "string" && { registration }),
      limits: Object.fromEntries(numbers),
    };
  } finally {
    connection.close();
  }
}
