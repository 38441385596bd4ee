import type { OpenSsh } from "./openssh.ts";
import type { OwnPrograms } from "./own_programs.ts";

/** What the scenarios run in. */
export interface Stage {
  readonly own: OwnPrograms;
  /** Undefined where there is none to compare with. */
  readonly ssh: OpenSsh | undefined;
  /** A folder for the files that a scenario sends. */
  readonly folder: string;
  /** How often each thing is measured. */
  readonly runs: number;
  /** Divides the sizes, for a quick look; 1 for what the project claims. */
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
   * Ours divided by this one, or what else the row compares; the median of the runs pair by pair.
   */
  readonly ratio?: number;
  /** What the ratio may be at the most, where the project has set itself a limit. */
  readonly most?: number;
  /** What the ratio or the value has to be at least. */
  readonly least?: number;
}

/** Measures one thing; what came of it. */
export type Scenario = (stage: Stage) => Promise<readonly Row[]>;
