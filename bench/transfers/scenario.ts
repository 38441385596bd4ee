import type { OpenSsh } from "./openssh.ts";
import type { OwnPrograms } from "./own_programs.ts";

/** The environment of the scenarios. */
export interface Stage {
  readonly own: OwnPrograms;
  /** Undefined if there is none to compare with. */
  readonly ssh: OpenSsh | undefined;
  /** A folder for the files that a scenario sends. */
  readonly folder: string;
  /** The number of measurements. */
  readonly runs: number;
  /** A divisor of the sizes, for a quick run; 1 for the project's claims. */
  readonly part: number;
}

/** A line of the result. */
export interface Row {
  /** The scenario, and what was measured in it. */
  readonly what: string;
  readonly who: string;
  /** The median of all runs, in `unit`. */
  readonly median: number;
  readonly unit: "s" | "MB/s" | "MB" | "x";
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
