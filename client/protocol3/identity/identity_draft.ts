import { toHex } from "../../../shared/text/encodings.ts";
import {
  formatMeInfo,
  formatPrivateKey,
  parseMeInfo,
} from "../../../shared/protocol3/files/me_info.ts";
import { TextFileError } from "../../../shared/text/text.ts";
import {
  type ClientId,
  clientIdOf,
  NO_CLIENT_ID,
  sameClientId,
} from "../../../shared/wire/client_id.ts";
import { ClientError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { ME_INFO, PRIV_KEY, readSmallFile } from "../../identity/client_folders.ts";
import type { Identity } from "./identity_files.ts";
import {
  cannotWrite,
  moveFile,
  syncFile,
  syncFolder,
  writeNew,
  type WriteOptions,
} from "../../identity/replace_file.ts";

/**
 * An identity that is written before the server is asked for an id, complete except for that id.
 * The id then replaces zeros of the same length, which works on a full disk too. The draft is in
 * the folder of its server, so that its id is never sent to another server. Use it only under an
 * `IdentityLock`.
 */
export class IdentityDraft {
  readonly #folder: string;
  readonly #options: WriteOptions;
  #identity: Identity;

  private constructor(folder: string, identity: Identity, options: WriteOptions) {
    this.#folder = folder;
    this.#identity = identity;
    this.#options = options;
  }

  /**
   * Writes a draft to a server's folder, replacing an older one. Throws a `ClientError` when it
   * cannot be written.
   */
  static async write(
    folder: string,
    { name, privateKey, ...options }: Omit<Identity, "clientId"> & WriteOptions,
  ): Promise<IdentityDraft> {
    const identity = { name, privateKey, clientId: NO_CLIENT_ID };
    const draft = new IdentityDraft(folder, identity, options);
    await draft.remove();
    await draft.#write(PRIV_KEY, formatPrivateKey(privateKey));
    const key = Uint8Array.from(privateKey);
    await draft.#write(ME_INFO, formatMeInfo({ ...identity, privateKey: key }));
    await syncFolder(folder, options);
    return draft;
  }

  /** The draft that an earlier run left behind; undefined if there is none or it is incomplete. */
  static async find(folder: string, options: WriteOptions): Promise<IdentityDraft | undefined> {
    const bytes = await readSmallFile(draftOf(folder, ME_INFO));
    if (bytes === undefined) return undefined;
    try {
      const { privateKey, ...me } = parseMeInfo(bytes);
      return privateKey && new IdentityDraft(folder, { ...me, privateKey }, options);
    } catch (error) {
      if (error instanceof TextFileError) return undefined;
      throw error;
    }
  }

  /** Its content; the id is all zeros until one was given. */
  get identity(): Identity {
    return this.#identity;
  }

  /** Whether a server has given the id. */
  get isAssigned(): boolean {
    return !sameClientId(this.#identity.clientId, NO_CLIENT_ID);
  }

  /** Writes the id into the draft, synced. */
  async assign(clientId: ClientId): Promise<void> {
    const path = draftOf(this.#folder, ME_INFO);
    try {
      using file = await Deno.open(path, { write: true });
      // The id follows the first line, which is the name.
      await file.seek(
        new TextEncoder().encode(this.#identity.name).byteLength + 1,
        Deno.SeekMode.Start,
      );
      const digits = new TextEncoder().encode(toHex(clientId));
      for (let rest = digits; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
      await syncFile(file, path, this.#options);
    } catch (error) {
      throw cannotWrite(path, error);
    }
    this.#identity = { ...this.#identity, clientId: clientIdOf(clientId.slice()) };
  }

  /**
   * Makes it the identity of a folder, which may be on another disk. `me.info`, which is complete
   * by itself, is moved last: until then an older one is used. When that fails the draft remains,
   * for the next run to find.
   */
  async commit(folder: string): Promise<void> {
    for (const name of [PRIV_KEY, ME_INFO]) {
      const path = inFolder(folder, name);
      try {
        await moveFile(draftOf(this.#folder, name), path, this.#options);
      } catch (error) {
        // An earlier run moved this file before it ended.
        if (name === PRIV_KEY && error instanceof Deno.errors.NotFound) continue;
        throw error instanceof ClientError ? error : cannotWrite(path, error);
      }
    }
    await syncFolder(folder, this.#options);
  }

  /** Removes the draft. What cannot be removed is replaced by the next run. */
  async remove(): Promise<void> {
    for (const name of [PRIV_KEY, ME_INFO]) {
      await Deno.remove(draftOf(this.#folder, name)).catch(() => {});
    }
  }

  async #write(name: string, content: string): Promise<void> {
    try {
      await writeNew(draftOf(this.#folder, name), content, this.#options);
    } catch (error) {
      await this.remove();
      throw cannotWrite(inFolder(this.#folder, name), error);
    }
  }
}

function draftOf(folder: string, name: string): string {
  return inFolder(folder, `.${name}.new`);
}
