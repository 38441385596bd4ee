import type { Address } from "../../shared/text/address.ts";
import type { IdentityPlaces } from "../identity/client_folders.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import type { Reporter, Uplink } from "../uplink.ts";

/** What a protocol knows of this client's accounts. */
export interface Accounts {
  /** The account at a server. Throws a `ClientError` when what is kept of it cannot be used. */
  readonly at: (server: Address, options: AccountOptions) => Promise<Account>;
  /** The name that is kept in a folder, for whatever server. Throws as `at()` does. */
  readonly nameIn: (folder: string) => Promise<string | undefined>;
  /** The servers for which accounts are on record in folders. */
  readonly servers: (folders: readonly string[]) => Promise<readonly Address[]>;
}

/** Where an account is looked for, and how. */
export interface AccountOptions extends IdentityPlaces {
  /**
   * The name that the user wants, if any: an account that may be another server's is left alone
   * then.
   */
  readonly name: string | undefined;
  /** Milliseconds to wait for another client that registers in the same folder. */
  readonly lockTime: number;
  /** Takes a line for the user. Default: nothing does. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** Who this client is to one server. */
export interface Account {
  /** The name that the server knows it by; undefined where it has not registered yet. */
  readonly name: string | undefined;
  /**
   * The way to the server. It registers on it where there is no account: throws a `ClientError`
   * when that needs a name and there is none, or a new identity could not be kept on this side.
   */
  readonly uplink: (options: UplinkOptions) => Promise<Uplink>;
}

/** How files are sent. */
export interface UplinkOptions extends
  Pick<
    ClientSettings,
    "revision" | "retries" | "retryTime" | "timeout" | "packetSize" | "packetDelay" | "quirks"
  > {
  /** The name to register under where there is no account. */
  readonly name: string | undefined;
  readonly reporter: Reporter;
}
