import {
  generateClientKeys,
  type KeyPair,
  publicKeyOf,
} from "../../../shared/protocol3/crypto/key_transport.ts";
import type { Address } from "../../../shared/text/address.ts";
import type { Clock } from "../../../shared/clock.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { ClientError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import {
  type FindOptions,
  type FoundIdentity,
  type Identity,
  IdentityFiles,
  readRegisteredServer,
  type RegisteredServer,
  writeRegisteredServer,
} from "./identity_files.ts";
import { IdentityDraft } from "./identity_draft.ts";
import { IdentityLock, type LockOptions } from "../../identity/identity_lock.ts";
import { checkWritable } from "../../identity/check_writable.ts";
import { makePrivateFolder, type WriteOptions } from "../../identity/replace_file.ts";
import { isSameServer, serverFolder } from "../../identity/client_folders.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

export interface RegistrationOptions extends Omit<FindOptions, "folders">, LockOptions {
  readonly server: Address;
  /** The client's folder for the identity. */
  readonly folder: string;
  /** The identity that the server refused, if there is one. */
  readonly refused: FoundIdentity | undefined;
  /** Searches for an identity again, under the lock; returns whether another client has got one. */
  readonly lookAgain: () => Promise<boolean>;
  readonly onCommitted: (found: FoundIdentity) => void;
  /** Makes the keys, which takes some 20 ms. Default: `generateClientKeys()`. */
  readonly makeKeys?: () => Promise<KeyPair>;
}

/** Where a new identity is stored, and which one it replaces. */
interface Target {
  /** The folder of the server, with the draft. */
  readonly own: string;
  readonly files: IdentityFiles;
  readonly path: string;
  /** Whether the identity is the `me.info` of the client's folder itself. */
  readonly isMain: boolean;
  /** The previous identity, and the folder to copy it to. */
  readonly replaced?: {
    readonly identity: Identity;
    readonly folder: string;
    readonly why: ReasonToReplace;
  };
}

type ReasonToReplace = "refused" | "of another server";

/**
 * A prepared registration: the keys are generated, and everything but the id is on the disk. It has
 * the lock on its folder until it is closed.
 */
export interface Registration {
  readonly name: string;
  readonly keys: KeyPair;
  /** The id from an earlier run that ended before the server had the key. */
  readonly clientId: ClientId | undefined;
  /**
   * Whether an earlier run ended while it registered the name, so that this client may have taken
   * it.
   */
  readonly mayBeOurs: boolean;
  /** Writes the id to the disk. After that it is not lost however this run ends. */
  readonly assign: (clientId: ClientId) => Promise<void>;
  /** Makes it the identity. Can be called again. */
  readonly commit: () => Promise<void>;
  /** Releases the lock. An uncommitted draft is removed, unless it has an id or `keep` is set. */
  readonly close: (options?: { readonly isAsked?: boolean }) => Promise<void>;
}

/** Begins a registration, as `OwnIdentity.register()`. */
export async function beginRegistration(
  name: string,
  options: RegistrationOptions,
): Promise<Registration | undefined> {
  const lock = await IdentityLock.acquire(options.folder, options);
  try {
    if (await options.lookAgain()) {
      await lock[Symbol.asyncDispose]();
      return undefined;
    }
    let target = await targetOf(options);
    await makePrivateFolder(target.path);
    const left = await IdentityDraft.find(target.own, options);
    if (
      left?.isAssigned && target.replaced === undefined && await target.files.load() === undefined
    ) {
      // Only the rename was missing.
      await left.commit(target.path);
      if (await options.lookAgain()) {
        await lock[Symbol.asyncDispose]();
        return undefined;
      }
      target = await targetOf(options);
      await makePrivateFolder(target.path);
    }
    return await ready(name, { ...options, lock, target, left });
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function ready(
  name: string,
  { lock, target, left, ...options }: RegistrationOptions & {
    readonly lock: IdentityLock;
    readonly target: Target;
    readonly left: IdentityDraft | undefined;
  },
): Promise<Registration> {
  await checkWritable(target.path);
  await makePrivateFolder(target.own);
  const isLeft = left?.isAssigned === true && left.identity.name === name;
  const keys = isLeft ? keysOf(left.identity) : await (options.makeKeys ?? generateClientKeys)();
  const draft = isLeft
    ? left
    : await IdentityDraft.write(target.own, { ...options, name, privateKey: keys.privateKey });
  const { replaced } = target;
  if (replaced !== undefined) {
    await makePrivateFolder(replaced.folder, { recursive: true });
    await new IdentityFiles(replaced.folder).save(replaced.identity, options);
  }
  let committed = false;
  return {
    name,
    keys,
    clientId: isLeft ? left.identity.clientId : undefined,
    mayBeOurs: left?.identity.name === name && !left.isAssigned,
    assign: (clientId) => draft.assign(clientId),
    async commit() {
      if (committed) return;
      await draft.commit(target.path);
      committed = true;
      const { server, folder, tell } = options;
      const { identity } = draft;
      const record = { ...options, clientId: identity.clientId };
      const by = !target.isMain || await isRecorded(folder, record) ? "record" : undefined;
      options.onCommitted({ identity, files: target.files, folder, by });
      if (replaced?.why === "refused") {
        tell?.(`The me.info and priv.key from before are kept in ${quotedPath(replaced.folder)}`);
      } else if (replaced !== undefined) {
        tell?.(
          `${
            quotedPath(target.files.path)
          } is now for ${server.host}:${server.port}; that of the ` +
            `server before is kept in ${quotedPath(replaced.folder)}`,
        );
      }
    },
    async close({ isAsked = false } = {}) {
      if (!committed && !isAsked && !draft.isAssigned) {
        await draft.remove();
        if (replaced?.why === "refused") {
          await Deno.remove(replaced.folder, { recursive: true }).catch(none);
        }
      }
      // Only an empty folder is removed.
      for (const path of [target.own, ...target.isMain ? [] : [target.path]]) {
        await Deno.remove(path).catch(none);
      }
      await lock[Symbol.asyncDispose]();
    },
  };
}

async function targetOf(
  { folder, server, refused, planned, clock }: RegistrationOptions,
): Promise<Target> {
  const own = await serverFolder(folder, server);
  const main = { own, files: new IdentityFiles(folder), path: folder, isMain: true };
  const aside = { own, files: new IdentityFiles(own), path: own, isMain: false };
  if (refused?.by !== undefined) {
    const path = refused.files.folder;
    const isMain = path === folder;
    const replaced = {
      identity: refused.identity,
      folder: replacedIn(path, clock),
      why: "refused",
    } as const;
    return { own, files: refused.files, path, isMain, replaced };
  }
  // An identity that may belong to another server is not replaced.
  if (refused !== undefined) return aside;
  const named = await planned();
  const isPlanned = named !== undefined && isSameServer(named, server);
  const identity = await main.files.load().catch(() => null);
  if (identity === undefined) return named === undefined || isPlanned ? main : aside;
  if (!isPlanned || identity === null) return aside;
  const record = await readRegisteredServer(folder);
  if (record === undefined) return aside;
  const replaced = {
    identity,
    folder: await serverFolder(folder, record.server),
    why: "of another server",
  } as const;
  return { ...main, replaced };
}

/**
 * Records the server of the identity in a folder. Warns and returns false when that cannot be
 * written: it is tried again once the server has accepted the identity.
 */
async function isRecorded(
  folder: string,
  record: RegisteredServer & WriteOptions,
): Promise<boolean> {
  try {
    await writeRegisteredServer(folder, record);
    return true;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    record.tell?.(`${error.message}; going on without a note of the server`);
    return false;
  }
}

/**
 * A folder for a replaced identity, named after the time in milliseconds, so that each has its own.
 */
function replacedIn(folder: string, clock: Clock): string {
  const time = clock.date().toISOString().replace(/[:.]/g, "-");
  return inFolder(inFolder(folder, "replaced"), time);
}

function keysOf({ privateKey }: Identity): KeyPair {
  return { privateKey, publicKey: publicKeyOf(privateKey) };
}

function none(): void {}
