import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import type { ServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import type { PinnedServer } from "../connection/open_pinned.ts";
import { askKey } from "../identity/ask_key.ts";
import { keyChanged, knownServers, serverAt } from "../identity/known_servers.ts";
import {
  changeFrom,
  claimedKey,
  followKey,
  type ProvenOptions,
  provenServer,
} from "../identity/proven_server.ts";

export interface FirstKeyOptions extends ProvenOptions {
  /** Whether a key that is not known is accepted without a question. */
  readonly acceptNew: boolean;
  /** Asks the user; undefined without a terminal. null for Ctrl-C. */
  readonly ask: ((question: string) => string | null) | undefined;
}

/**
 * The server to log in to, with the key that it has to prove: that of the address, or the one that
 * this was properly changed to; else the known one; else the one that the server names without TLS,
 * if the user consents.
 *
 * Throws a `ClientError`: `server-key-changed` when another key is known, `server-key-unknown`
 * without a consent, `interrupted`, and as `provenServer()` does.
 */
export async function serverToLogIn(
  { host, port, spki }: ServerAddress,
  options: FirstKeyOptions,
): Promise<PinnedServer> {
  const server = { host, port };
  const known = serverAt(await knownServers(options.config), server);
  if (known === undefined) {
    if (spki !== undefined) return await provenServer({ ...server, spki }, options);
    return { ...server, spki: await consentedKey({ host, port }, options) };
  }
  if (spki === undefined || sameBytes(spki, known.spki)) return await provenServer(known, options);
  const claimed = await claimedKey(known, options);
  const isChange = async (from: Uint8Array, to: Uint8Array) =>
    sameBytes(await changeFrom(claimed, from) ?? new Uint8Array(0), to);
  if (await isChange(known.spki, spki)) {
    await followKey(known, { ...options, now: spki });
    return { ...server, spki };
  }
  if (!await isChange(spki, known.spki)) throw keyChanged(known);
  options.tell(
    `The address has the key from before: ${formatAddress(server)} has changed it, and signed ` +
      `that with the old one: from ${await fingerprint(spki)} to ${await fingerprint(known.spki)}`,
  );
  return { ...server, spki: known.spki };
}

async function consentedKey(
  server: Pick<ServerAddress, "host" | "port">,
  { acceptNew, ask, tell, ...options }: FirstKeyOptions,
): Promise<Uint8Array> {
  const { spki } = await askKey(server, options);
  const print = await fingerprint(spki);
  const address = formatAddress(server);
  if (acceptNew) {
    tell(`${address} is not known; its key is accepted, with the fingerprint ${print}`);
    return spki;
  }
  if (ask === undefined) {
    throw new ClientError(
      `${address} is not known; it says that its key has the fingerprint ${print}. Compare that ` +
        "with what who runs it says, and give --accept-new, or the whole address with #KEY",
      { reason: "server-key-unknown", exitCode: EXIT.noConnection },
    );
  }
  tell(`${address} is not known. It says that its key has the fingerprint ${print}`);
  tell("Compare it with what who runs the server says: anyone on the way could have changed it");
  for (;;) {
    const answer = ask("Is it the same? [yes/no]");
    if (answer === null) {
      throw new ClientError("Nothing was accepted, as you wished", {
        reason: "interrupted",
        exitCode: EXIT.interrupted,
      });
    }
    if (/^yes$/i.test(answer.trim())) return spki;
    if (/^no?$/i.test(answer.trim())) {
      throw new ClientError(`The key of ${address} was not accepted`, {
        reason: "server-key-unknown",
        exitCode: EXIT.noConnection,
      });
    }
    tell('Type "yes" or "no"');
  }
}
