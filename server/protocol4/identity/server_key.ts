import { join } from "node:path";
import { fromBase64, toBase64 } from "../../../shared/text/encodings.ts";
import type { Rotation } from "../../../shared/protocol4/keys/rotation.ts";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import { StartupError } from "../../settings/startup_error.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { syncNames } from "../../storage/sync_names.ts";

/** The name of the file, in the data folder. */
export const SERVER_KEY_FILE = "server.key";

/** What the key is made and read as. P-256, because browsers take no certificates for Ed25519. */
const KIND = { name: "ECDSA", namedCurve: "P-256" } as const;

const LABEL = "PRIVATE KEY";

/** The label of a change to the key, which is in the same file, so that both change at once. */
const ROTATION_LABEL = "SEALPOST KEY ROTATION";

/** A key in PEM has 241 bytes, a change to it 400; what is longer than this is read no further. */
const LONGEST_FILE = 4_096;

/** The key by which clients know the server. */
export interface ServerKey {
  /** Signs with ECDSA. */
  readonly privateKey: CryptoKey;
  /** The private key as PKCS #8 in DER. */
  readonly pkcs8: Uint8Array<ArrayBuffer>;
  /** The public key as SubjectPublicKeyInfo in DER, 91 bytes. */
  readonly spki: Uint8Array<ArrayBuffer>;
  /** The change from the key before, signed with that one, if there was one. */
  readonly rotation?: Rotation;
}

/**
 * Reads the key of the server from its data folder, which exists; without one, makes a key that is
 * on the disk when the promise resolves. Servers that share secrets share the key: it is made by
 * the first of them, or is what that one has. Throws a `StartupError` if there is a file that is no
 * such key, or not that of the others, or it cannot be read or written. One call at a time.
 */
export async function serverKey(
  folder: string,
  shared?: Pick<SharedSecrets, "kept" | "keep">,
): Promise<ServerKey> {
  if (shared === undefined) return await readKey(folder, { make: true });
  const kept = await shared.kept(SERVER_KEY_FILE);
  const path = join(folder, SERVER_KEY_FILE);
  if (await readKeyFile(path) === undefined) {
    // One that is made here is kept, unless another server has been faster.
    const text = kept ?? await shared.keep(SERVER_KEY_FILE, textOf(await makeKey()));
    await writeText(folder, text);
  }
  const own = await readKey(folder, { make: false });
  if (await shared.keep(SERVER_KEY_FILE, textOf(own)) === textOf(own)) return own;
  throw new StartupError(
    `The servers of this database have another key than ${quotedPath(path)}, and clients know ` +
      "them by that one: move this file away, and the server takes theirs",
  );
}

/**
 * Reads the key of a server that was started with this data folder before. Throws a `StartupError`
 * as `serverKey()` does, and if there is none.
 */
export async function knownServerKey(folder: string): Promise<ServerKey> {
  return await readKey(folder, { make: false });
}

/**
 * Returns the text of the key of a server, with the change to it, as servers share it; undefined if
 * its data folder has none. Throws a `StartupError` as `serverKey()` does.
 */
export async function knownServerKeyText(folder: string): Promise<string | undefined> {
  if (await readKeyFile(join(folder, SERVER_KEY_FILE)) === undefined) return undefined;
  return textOf(await knownServerKey(folder));
}

async function readKey(folder: string, { make }: { make: boolean }): Promise<ServerKey> {
  const path = join(folder, SERVER_KEY_FILE);
  try {
    const text = await readKeyFile(path);
    if (text !== undefined) return await keyOf(text) ?? refuse(path, "is no key of P-256 in PEM");
    if (!make) {
      throw new StartupError(
        `There is no ${
          quotedPath(path)
        }: name the server's data folder with --data, or start the ` +
          "server first",
      );
    }
    const made = await makeKey();
    await writeKey(folder, made);
    return made;
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `Could not read or write the server's key ${quotedPath(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Makes a key, which is not kept anywhere. */
export async function makeKey(): Promise<ServerKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(KIND, true, ["sign", "verify"]);
  return {
    privateKey,
    pkcs8: new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)),
    spki: new Uint8Array(await crypto.subtle.exportKey("spki", publicKey)),
  };
}

/** Returns undefined if there is no file. */
async function readKeyFile(path: string): Promise<string | undefined> {
  const found = await Deno.lstat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  if (!found.isFile) return refuse(path, "is a folder or a link, not a file");
  if (found.size > LONGEST_FILE) return refuse(path, `has more than ${LONGEST_FILE} bytes`);
  // A copy from a backup may be readable by others.
  if (((found.mode ?? 0) & 0o077) !== 0) await Deno.chmod(path, 0o600);
  return new TextDecoder().decode(await Deno.readFile(path));
}

/** Returns undefined if the text is no such key. */
async function keyOf(text: string): Promise<ServerKey | undefined> {
  const pkcs8 = blockOf(text, LABEL);
  if (pkcs8 === undefined || pkcs8.byteLength === 0) return undefined;
  try {
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, KIND, true, ["sign"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", privateKey);
    const point = { kty, crv, x, y } as JsonWebKey;
    const publicKey = await crypto.subtle.importKey("jwk", point, KIND, true, ["verify"]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
    const fits = await signsAs(privateKey, publicKey);
    return fits ? { privateKey, pkcs8, spki, ...rotationOf(text) } : undefined;
  } catch (error) {
    // What WebCrypto throws for bytes that are no such key.
    if (error instanceof DOMException || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The bytes of a block of PEM; undefined if there is none. */
function blockOf(text: string, label: string): Uint8Array<ArrayBuffer> | undefined {
  const pattern = new RegExp(
    `^-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`,
    "m",
  );
  return fromBase64((pattern.exec(text)?.[1] ?? "").replaceAll(/\s/g, ""));
}

/** The change to the key that a file has; clients look at its signature. */
function rotationOf(text: string): { readonly rotation?: Rotation } {
  const bytes = blockOf(text, ROTATION_LABEL);
  if (bytes === undefined || bytes.byteLength === 0) return {};
  return { rotation: JSON.parse(new TextDecoder().decode(bytes)) };
}

/**
 * Whether the halves of a pair belong together: the file of a key may be changed in one of them.
 */
async function signsAs(privateKey: CryptoKey, publicKey: CryptoKey): Promise<boolean> {
  const how = { name: "ECDSA", hash: "SHA-256" };
  const sample = new TextEncoder().encode("sealpost-4 server key");
  const signature = await crypto.subtle.sign(how, privateKey, sample);
  return await crypto.subtle.verify(how, publicKey, signature, sample);
}

/**
 * Keeps a key, with the change to it, in the place of the one before. It is on the disk when the
 * promise resolves, and half a key is never found. Throws the system's errors.
 */
export async function writeKey(
  folder: string,
  { pkcs8, rotation }: Pick<ServerKey, "pkcs8" | "rotation">,
): Promise<void> {
  await writeText(folder, textOf({ pkcs8, ...(rotation && { rotation }) }));
}

function textOf({ pkcs8, rotation }: Pick<ServerKey, "pkcs8" | "rotation">): string {
  const change = new TextEncoder().encode(JSON.stringify(rotation));
  return pemOf(LABEL, pkcs8) + (rotation === undefined ? "" : pemOf(ROTATION_LABEL, change));
}

async function writeText(folder: string, text: string): Promise<void> {
  const unfinished = join(folder, `${SERVER_KEY_FILE}.new`);
  await Deno.remove(unfinished).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  {
    using file = await Deno.open(unfinished, { write: true, createNew: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  await Deno.rename(unfinished, join(folder, SERVER_KEY_FILE));
  await syncNames(folder);
}

function pemOf(label: string, bytes: Uint8Array): string {
  const lines = toBase64(bytes).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function refuse(path: string, what: string): never {
  throw new StartupError(
    `${quotedPath(path)} ${what}, and clients know the server by this key: put a copy of it from ` +
      "a backup there, or move it away to make another key, which each client has to accept again",
  );
}
