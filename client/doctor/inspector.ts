import type { Address } from "../../shared/text/address.ts";
import type { IdentityPlaces } from "../identity/client_folders.ts";
import type { ProbeOptions, Prober } from "../probe/prober.ts";
import type { Finding } from "./finding.ts";

/** The checks of `doctor` that depend on a protocol. */
export interface Inspector extends Prober {
  /**
   * The identity that `send` would use for a server, or for any server if none is named. Throws a
   * `ClientError` when it cannot be used.
   */
  readonly identity: (
    server: Address | undefined,
    places: IdentityPlaces,
  ) => Promise<InspectedIdentity>;
  /** Checks who else can read the files of an identity in a folder. */
  readonly permissions: (folder: string) => Promise<Finding>;
  /**
   * Connects to a server; returns a function that closes the connection. Throws a `ClientError`
   * (`no-connection`).
   */
  readonly connect: (
    server: Address,
    options: Pick<ProbeOptions, "timeout" | "clock">,
  ) => Promise<() => Promise<void>>;
}

/** The checks of `doctor` for protocol 4, and what they need. */
export interface Inspector4 {
  /** The servers whose keys are known. Throws a `ClientError` when that cannot be read. */
  readonly knownServers: () => Promise<readonly Address[]>;
  /**
   * The findings `known_servers`, `server key` and `login`: for a server, or the only one that is
   * known. Changes nothing on the disk.
   */
  readonly examine: (server: Address | undefined) => AsyncIterable<Finding>;
}

/** The identity of the client for a server, as stored. */
export interface InspectedIdentity {
  /** Undefined if not registered yet. */
  readonly name: string | undefined;
  /** The folder in which it is, or would be, stored. */
  readonly place: string;
  /** Checks the files, and whether the key works. */
  readonly examine: () => Promise<readonly [identity: Finding, key: Finding]>;
}
