import { join } from "node:path";
import { formatMeInfo, type MeInfo, parseMeInfo } from "../../shared/files/me_info.ts";
import { formatPrivateKey, parsePrivateKey } from "../../shared/files/private_key_text.ts";
import { TextFileError } from "../../shared/files/text_file_error.ts";
import { localError } from "../client_error.ts";
import { readSmallFile } from "./small_file.ts";
import { replaceFile } from "./replace_file.ts";

/** Who the client is to a server. */
export interface Identity {
  /** The name that it registered. */
  readonly name: string;
  /** The id that the server gave it, 16 bytes. */
  readonly clientId: Uint8Array;
  /** Its RSA private key, PKCS#8 in DER. */
  readonly privateKey: Uint8Array;
}

const ME_INFO = "me.info";
const PRIV_KEY = "priv.key";

/** The two files in which a client keeps its identity, in one folder. */
export class IdentityFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the identity is kept: the path of `me.info`. */
  get path(): string {
    return join(this.#folder, ME_INFO);
  }

  /**
   * The identity, or undefined when there is no `me.info`. The key in `me.info` counts; `priv.key` is
   * only read where there is none. Throws a `ClientError` when the files cannot be used.
   */
  async load(): Promise<Identity | undefined> {
    const bytes = await readSmallFile(this.path);
    if (bytes === undefined) return undefined;
    const me = this.#parse(this.path, () => parseMeInfo(bytes));
    return { ...me, privateKey: me.privateKey ?? await this.#loadKey() };
  }

  /**
   * Replaces the identity, each file at once and as a whole, readable by their owner alone. `me.info`,
   * which is complete in itself, comes last: until then the old identity counts.
   */
  async save(identity: Identity): Promise<void> {
    const key = Uint8Array.from(identity.privateKey);
    const me: MeInfo = { ...identity, privateKey: key };
    await replaceFile(join(this.#folder, PRIV_KEY), formatPrivateKey(key));
    await replaceFile(this.path, formatMeInfo(me));
  }

  /** Throws a `ClientError` when `save()` could not work, before a server is asked for an id. */
  async checkWritable(): Promise<void> {
    const probe = join(this.#folder, `.${ME_INFO}.${crypto.randomUUID()}`);
    try {
      const file = await Deno.open(probe, { createNew: true, write: true, mode: 0o600 });
      file.close();
      await Deno.remove(probe);
    } catch (error) {
      throw localError(
        "identity-not-writable",
        `Cannot write ${JSON.stringify(this.path)}, where this client keeps who it is; make the ` +
          "folder writable, or name another one with --dir",
        error,
      );
    }
  }

  async #loadKey(): Promise<Uint8Array> {
    const path = join(this.#folder, PRIV_KEY);
    const bytes = await readSmallFile(path);
    if (bytes === undefined) {
      throw localError(
        "bad-configuration",
        `${JSON.stringify(this.path)} has no private key in line 3, and there is no ` +
          `${JSON.stringify(path)}; restore one of them, or remove me.info to register anew`,
      );
    }
    return this.#parse(path, () => parsePrivateKey(bytes));
  }

  #parse<T>(path: string, parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof TextFileError)) throw error;
      throw localError(
        "bad-configuration",
        `${JSON.stringify(path)}: ${error.message}; correct it, or remove me.info to register anew`,
        error,
      );
    }
  }
}
