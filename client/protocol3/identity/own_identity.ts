import type { Address } from "../../../shared/text/address.ts";
import { quoted, quotedPath } from "../../../shared/text/quoted.ts";
import { sameClientId } from "../../../shared/wire/client_id.ts";
import { ClientError, localError } from "../../client_error.ts";
import {
  findIdentity,
  type FoundIdentity,
  type Identity,
  writeRegisteredServer,
} from "./identity_files.ts";
import type { AccountOptions } from "../../send/account.ts";
import type { Registration, RegistrationOptions } from "./registration.ts";

export interface OwnIdentityOptions extends AccountOptions, Pick<RegistrationOptions, "makeKeys"> {
  readonly server: Address;
}

/** The identity for one server on the disk: finds, records and registers it. */
export class OwnIdentity {
  readonly #options: OwnIdentityOptions;
  #found: FoundIdentity | undefined;
  #isOnRecord = false;

  private constructor(options: OwnIdentityOptions, found: FoundIdentity | undefined) {
    this.#options = options;
    this.#found = found;
  }

  /** Reads the stored identity. Throws a `ClientError` when it cannot be used. */
  static async find(options: OwnIdentityOptions): Promise<OwnIdentity> {
    return new OwnIdentity(options, await find(options));
  }

  /** Undefined if there is none yet. */
  get identity(): Identity | undefined {
    return this.#found?.identity;
  }

  /** The client's folder with the identity, or for it. */
  get folder(): string {
    return this.#found?.folder ?? this.#options.newIn;
  }

  /** The path of its `me.info`, if it exists. */
  get path(): string | undefined {
    return this.#found?.files.path;
  }

  /**
   * Whether it is known to be for this server; otherwise only the server's acceptance shows that.
   */
  get isCertain(): boolean {
    return this.#found?.by !== undefined;
  }

  /**
   * Records that the server has accepted the identity. A failure to write that is ignored, for
   * instance in a read-only folder.
   */
  async accepted(): Promise<void> {
    const { server, userFolder, clock } = this.#options;
    const found = this.#found;
    if (found === undefined || this.#isOnRecord) return;
    this.#isOnRecord = true;
    const { folder, identity: { clientId } } = found;
    try {
      if (found.by !== "record") {
        await writeRegisteredServer(folder, { server, clientId, clock });
        this.#found = { ...found, by: "record" };
      }
      if (folder === userFolder) {
        const { rememberLastServer } = await import("../../identity/last_server.ts");
        await rememberLastServer(userFolder, { server, clock });
      }
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
  }

  /**
   * Prepares the registration of `name`, so that no local failure can lose a name that the server
   * has given; `refused` is the identity that the server no longer knows. Waits for other clients
   * that register in the same folder: if one of them got an identity meanwhile, that is used, and
   * the result is undefined.
   *
   * Throws a `ClientError` (`identity-not-writable`), and as `find()`.
   */
  async register(name: string, refused?: Identity): Promise<Registration | undefined> {
    const { beginRegistration } = await import("./registration.ts");
    const { folder } = this;
    if (folder === this.#options.userFolder) {
      const { makePrivateFolder } = await import("../../identity/replace_file.ts");
      await makePrivateFolder(folder, { recursive: true });
    }
    return await beginRegistration(name, {
      ...this.#options,
      refused: this.#found,
      folder,
      lookAgain: async () => {
        const found = await find(this.#options);
        const isNew = found !== undefined &&
          (refused === undefined || !sameClientId(found.identity.clientId, refused.clientId));
        if (isNew) this.#found = found;
        return isNew;
      },
      onCommitted: (found) => void (this.#found = found),
    });
  }

  /**
   * The error for a name that another client of the server has; `guessed` is the revision if the
   * server may speak another one.
   */
  async nameTaken(name: string, guessed?: string): Promise<ClientError> {
    const { nameTaken } = await import("./list_identities.ts");
    return await nameTaken(name, { ...this.#options, guessed });
  }
}

async function find(options: OwnIdentityOptions): Promise<FoundIdentity | undefined> {
  const found = await findIdentity(options.server, options);
  const { name } = options;
  if (found === undefined || name === undefined || found.identity.name === name) return found;
  if (found.by === undefined) return undefined;
  throw localError(
    "bad-setting",
    `${quotedPath(found.files.path)} belongs to ${
      quoted(found.identity.name)
    }; leave --name out, ` +
      "or name another folder with --dir",
  );
}
