import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import { rotatedKey } from "../../../shared/protocol4/keys/rotation.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { sameBytes } from "../../../shared/wire/client_id.ts";
import { ClientError } from "../../client_error.ts";
import { cannotWrite } from "../../identity/replace_file.ts";
import { IdentityLock } from "../../identity/identity_lock.ts";
import { type OpenOptions, openPinned, type PinnedServer } from "../connection/open_pinned.ts";
import { askKey } from "./ask_key.ts";
import { keyChanged, keyFolder, type KnownServer, rememberServer } from "./known_servers.ts";

export interface ProvenOptions extends OpenOptions {
  readonly config: string;
  /** Told of a key that was changed, in a line. */
  readonly tell: (line: string) => void;
}

/** Milliseconds to wait for another client that changes `known_servers`. */
const LOCK_TIME = 10_000;

/**
 * A known server, once it has proved its key, or the one that it was properly changed to. Throws a
 * `ClientError`: `server-key-changed` with the line's place, and as `openPinned()` does.
 */
export async function provenServer(
  known: KnownServer,
  options: ProvenOptions,
): Promise<PinnedServer> {
  const { host, port, spki } = known;
  try {
    (await openPinned({ host, port, spki }, options)).close();
    return { host, port, spki };
  } catch (error) {
    if (!(error instanceof ClientError) || error.reason !== "server-key-mismatch") throw error;
    return { host, port, spki: await followedKey(known, options) };
  }
}

/**
 * The key that a known one was changed to, for a server that proves another than the known one: it
 * is asked for the rotation. If the known key has signed the change, and the server proves the new
 * one, the line in `known_servers` and the folder of the identity are replaced, and both
 * fingerprints are told. Throws a `ClientError`: `server-key-changed` with the line's place, and as
 * `openPinned()` does.
 */
export async function followedKey(
  known: KnownServer,
  options: ProvenOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { host, port } = known;
  const now = await changedKey(known, options);
  if (now === undefined) throw keyChanged(known);
  (await openPinned({ host, port, spki: now }, options)).close();
  await followKey(known, { ...options, now });
  return now;
}

/** The key that the known one was properly changed to; undefined if that cannot be proved. */
export async function changedKey(
  { spki, ...server }: KnownServer,
  options: OpenOptions,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const claimed = await askKey(server, options).catch((error: unknown) => {
    if (error instanceof ClientError) return undefined;
    throw error;
  });
  if (claimed?.rotation === undefined) return undefined;
  const now = await rotatedKey(claimed.rotation, spki);
  return now !== undefined && sameBytes(now, claimed.spki) ? now : undefined;
}

/** Replaces a known key by the one that it was changed to. */
export async function followKey(
  known: KnownServer,
  { config, now, clock, tell }: ProvenOptions & { readonly now: Uint8Array },
): Promise<void> {
  const options = { clock, tell };
  await using _lock = await IdentityLock.take(config, { ...options, lockTime: LOCK_TIME });
  const [before, after] = [await keyFolder(config, known.spki), await keyFolder(config, now)];
  // The folder first: who is interrupted before the line is replaced does both again.
  const isThere = (path: string) => Deno.lstat(path).then(() => true, () => false);
  if (await isThere(before) && !await isThere(after)) {
    await Deno.rename(before, after).catch((error: unknown) => {
      throw cannotWrite(after, error);
    });
  }
  await rememberServer(config, { ...options, server: known, spki: now, replaced: known.spki });
  tell(
    `${formatAddress(known)} has changed its key, and signed that with the old one: from ` +
      `${await fingerprint(known.spki)} to ${await fingerprint(now)}`,
  );
}
