import type { Address } from "../../shared/text/address.ts";
import type { IdentityPlaces } from "../identity/client_folders.ts";
import type { Prober } from "../probe/prober.ts";
import type { Finding } from "./finding.ts";

/** What `doctor` asks of a protocol. */
export interface Inspector extends Prober {
  /**
   * The identity that `send` would use for a server, or for any where none is named. Throws a
   * `ClientError` when it cannot be used.
   */
  readonly identity: (
    server: Address | undefined,
    places: IdentityPlaces,
  ) => Promise<InspectedIdentity>;
  /** Examines who else may read what is kept of an identity in a folder. */
  readonly permissions: (folder: string) => Promise<Finding>;
  /**
   * Connects to a server; what is returned closes the connection. Throws a `ClientError`
   * (`no-connection`).
   */
  readonly connect: (
    server: Address,
    options: { readonly timeout: number },
  ) => Promise<() => Promise<void>>;
}

/** Who the client is to a server, as its files have it. */
export interface InspectedIdentity {
  /** Undefined where it has not registered yet. */
  readonly name: string | undefined;
  /** The folder that it is kept in, or would be. */
  readonly place: string;
  /** Examines what the files say, and whether the key works. */
  readonly examine: () => Promise<readonly [identity: Finding, key: Finding]>;
}
