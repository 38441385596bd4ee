import type { Clock } from "../../shared/clock.ts";
import type { Address } from "../../shared/text/address.ts";
import type { IdentityPlaces } from "../identity/client_folders.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import type { Reporter, Uplink } from "../uplink.ts";

/** A protocol's access to the accounts of this client. */
export interface Accounts {
  /** The account at a server. Throws a `ClientError` when its files cannot be used. */
  readonly at: (server: Address, options: AccountOptions) => Promise<Account>;
  /** The name stored in a folder, for any server. Throws as `at()` does. */
  readonly nameIn: (folder: string) => Promise<string | undefined>;
  /** The servers of the accounts recorded in folders. */
  readonly servers: (folders: readonly string[]) => Promise<readonly Address[]>;
}

export interface AccountOptions extends IdentityPlaces {
  /**
   * The name that the user has set, if any; an account that may be another server's is then not
   * used.
   */
  readonly name: string | undefined;
  /** Milliseconds to wait for another client that registers in the same folder. */
  readonly lockTime: number;
  readonly clock: Clock;
  /** Receives lines for the user. Default: ignored. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** The account of this client at one server. */
export interface Account {
  /** The registered name; undefined if not registered yet. */
  readonly name: string | undefined;
  /**
   * Makes an uplink to the server, which registers if there is no account. Throws a `ClientError`
   * when that needs a name and there is none, or a new identity could not be stored.
   */
  readonly uplink: (options: UplinkOptions) => Promise<Uplink>;
}

/** How files are sent. */
export interface UplinkOptions extends
  Pick<
    ClientSettings,
    | "revision"
    | "retries"
    | "retryTime"
    | "timeout"
    | "packetSize"
    | "packetDelay"
    | "quirks"
    | "forget"
  > {
  /** The name to register under if there is no account. */
  readonly name: string | undefined;
  readonly reporter: Reporter;
  readonly clock: Clock;
}
