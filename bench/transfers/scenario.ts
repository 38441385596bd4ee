import type { OpenSsh } from "./openssh.ts";
import type { OwnPrograms } from "./own_programs.ts";

/** What a scenario of protocol 4 has; it starts its own programs, where it needs them. */
export interface Measure {
  /** A folder on a disk, for all files. */
  readonly folder: string;
  /** The number of measurements. */
  readonly runs: number;
  /** A divisor of the sizes, for a quick run; 1 for the project's claims. */
  readonly part: number;
  /** The folder of an older version, for what is compared with one. */
  readonly old?: string | undefined;
}

/** The environment of the scenarios that share a server. */
export interface Stage extends Measure {
  readonly own: OwnPrograms;
  /** Undefined if there is none to compare with. */
  readonly ssh: OpenSsh | undefined;
}

/** A line of the result. */
export interface Row {
  /** The scenario, and what was measured in it. */
  readonly what: string;
  readonly who: string;
  /** The median of all runs, in `unit`. */
  readonly median: number;
  readonly unit: "s" | "MB/s" | "MB" | "x" | "files/s" | "ms/file" | "ms/MB";
  /** Seconds of processor time on either side, the median of each. */
  readonly processor?: { readonly client: number; readonly server: number };
  /**
   * Our time divided by this one, or the ratio that the row names; the median over pairs of runs.
   */
  readonly ratio?: number;
  /** The maximum of the ratio, if the project has a limit. */
  readonly most?: number;
  /** The minimum of the ratio or value. */
  readonly least?: number;
}

/** Runs a measurement and returns its rows. */
export type Scenario = (stage: Stage) => Promise<readonly Row[]>;

/** The same by itself; returns the reason if it cannot be run on this machine. */
export type OwnScenario = (measure: Measure) => Promise<readonly Row[] | string>;
