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
