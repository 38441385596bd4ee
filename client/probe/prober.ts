import type { Clock } from "../../shared/clock.ts";
import type { Address } from "../../shared/text/address.ts";

/** The parts of `probe` that depend on a protocol. */
export interface Prober {
  /**
   * Finds out which revision a server speaks and how it deviates from it, without registering.
   * Throws a `ClientError`: `no-connection`, or `no-revision` when nothing was understood.
   */
  readonly probe: (options: ProbeOptions) => Promise<ProbeResult>;
  /** The description of each deviation, by its name. */
  readonly deviations: Readonly<Record<string, string>>;
}

/** How the key of a server stands to what this client knows. */
export type KeyState =
  /** The one that is known. */
  | "known"
  /** No key of the server is known: this one is what it says. */
  | "new"
  /** Another one than is known, which that has signed. */
  | "rotated"
  /** Another one than is known. */
  | "changed";

/** What a probe finds out about protocol 4. */
export interface Probed4 {
  /** The address with the key, by which to log in. */
  readonly address: string;
  readonly fingerprint: string;
  readonly key: KeyState;
  /** Where the known key is written. */
  readonly knownFrom?: string;
  /** The version of TLS: "1.3" or "1.2"; undefined if that could not be seen. */
  readonly tls: string | undefined;
  /** Who may register: `open`, `invite` or `closed`. */
  readonly registration?: string;
  /** The limits of the server, in bytes, seconds and numbers. */
  readonly limits: Readonly<Record<string, number>>;
}

/**
 * Finds out what a server says of protocol 4; undefined if it does not speak that. `config` is the
 * configuration folder. Throws a `ClientError` when what is known of servers cannot be read.
 */
export type Prober4 = (
  options: ProbeOptions & { readonly config: string },
) => Promise<Probed4 | undefined>;

export interface ProbeOptions {
  readonly server: Address;
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Receives details, one line at a time. */
  readonly detail: (line: string) => void;
}

/** What a probe finds out about a server. */
export interface ProbeResult {
  /** The revision that it speaks. */
  readonly revision: string;
  /**
   * Whether it understood the question; it may only have answered with an error of that revision.
   */
  readonly certain: boolean;
  /** Names of the deviations that were seen. */
  readonly deviations: readonly string[];
}
