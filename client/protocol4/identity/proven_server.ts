import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import { rotatedKey } from "../../../shared/protocol4/keys/rotation.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { ClientError } from "../../client_error.ts";
import { cannotWrite } from "../../identity/replace_file.ts";
import { IdentityLock } from "../../identity/identity_lock.ts";
import {
  type OpenOptions,
  openPinned,
  type PinnedServer,
  retriedIfCut,
  wasCut,
} from "../connection/open_pinned.ts";
import { isSameServer } from "../../identity/client_folders.ts";
import { askKey, type ClaimedKey } from "./ask_key.ts";
import {
  keyChanged,
  keyFolder,
  type KnownServer,
  knownServers,
  rememberServer,
} from "./known_servers.ts";

export interface ProvenOptions extends OpenOptions {
  readonly config: string;
  /** Told of a key that was changed, in a line. */
  readonly tell: (line: string) => void;
}

/** Milliseconds to wait for another client that changes `known_servers`. */
const LOCK_TIME = 10_000;

/**
 * A server, once it has proved the key that is known, or given with its address, or the one that it
 * was properly changed to. Throws a `ClientError`: for a known server `server-key-changed` with the
 * line's place, and as `openPinned()` does.
 */
export async function provenServer(
  server: KnownServer | PinnedServer,
  options: ProvenOptions,
): Promise<PinnedServer> {
  const { host, port, spki } = server;
  try {
    await prove({ host, port, spki }, options);
    return { host, port, spki };
  } catch (error) {
    if (!(error instanceof ClientError) || error.reason !== "server-key-mismatch") throw error;
    const now = await provenChange(server, options);
    if (now !== undefined) return { host, port, spki: now };
    throw "place" in server ? keyChanged(server) : error;
  }
}

/**
 * The key that a known one was changed to, for a server that proves another than the known one.
 * Throws a `ClientError`: `server-key-changed` with the line's place, and as `openPinned()` does.
 */
export async function followedKey(
  known: KnownServer,
  options: ProvenOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const now = await provenChange(known, options);
  if (now === undefined) throw keyChanged(known);
  return now;
}

/**
 * Asks a server for the change of its key. If the old key has signed that, and the server proves
 * the new one, it is followed and told. Returns undefined if there is no such change.
 */
async function provenChange(
  server: PinnedServer,
  options: ProvenOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { host, port, spki } = server;
  const now = await changeFrom(await claimedKey(server, options), spki);
  if (now === undefined) return undefined;
  await prove({ host, port, spki: now }, options);
  await followKey(server, { ...options, now });
  return now;
}

/** Has a server prove a key. */
async function prove(server: PinnedServer, options: OpenOptions): Promise<void> {
  const proven = () => openPinned(server, options);
  (await retriedIfCut(proven, { ...options, isCut: wasCut })).close();
}

/** What a server says of its key without TLS; undefined if it says nothing. */
export function claimedKey(
  { host, port }: PinnedServer,
  options: OpenOptions,
): Promise<ClaimedKey | undefined> {
  return askKey({ host, port }, options).catch((error: unknown) => {
    if (error instanceof ClientError) return undefined;
    throw error;
  });
}

/** The key that this one was properly changed to; undefined if that is not proved. */
export async function changeFrom(
  claimed: ClaimedKey | undefined,
  spki: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (claimed?.rotation === undefined) return undefined;
  const now = await rotatedKey(claimed.rotation, spki);
  return now !== undefined && sameBytes(now, claimed.spki) ? now : undefined;
}

/**
 * Replaces a key by the one that it was changed to: in the lines of all addresses that are known by
 * it, since they are of one server or of several that share their key, and in the name of the
 * folder with who the client is there. Tells both fingerprints, and the other addresses.
 */
export async function followKey(
  server: PinnedServer,
  { config, now, clock, tell }: ProvenOptions & { readonly now: Uint8Array },
): Promise<void> {
  const { spki } = server;
  const options = { clock, tell };
  await using _lock = await IdentityLock.acquire(config, { ...options, lockTime: LOCK_TIME });
  const [before, after] = [await keyFolder(config, spki), await keyFolder(config, now)];
  // The folder first: who is interrupted before the lines are replaced does both again.
  const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);
  if (await isThere(before) && !await isThere(after)) {
    await Deno.rename(before, after).catch((error: unknown) => {
      throw cannotWrite(after, error);
    });
  }
  const others = (await knownServers(config))
    .filter((known) => sameBytes(known.spki, spki) && !isSameServer(known, server))
    .map(formatAddress);
  await rememberServer(config, { ...options, server, spki: now, replaced: spki });
  tell(
    `${formatAddress(server)} has changed its key, and signed that with the old one: from ` +
      `${await fingerprint(spki)} to ${await fingerprint(now)}` +
      (others.length === 0 ? "" : `; so it is noted for ${others.join(", ")}`),
  );
}
