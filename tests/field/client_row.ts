/** What a row of the table of clients has. */

import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { Habits } from "./client_habits.ts";

/** One line of the table. */
export interface FieldRow {
  /** What was seen on the wire. */
  readonly seen: string;
  /** What serves it. */
  readonly served: string;
  readonly habits: Habits;
  /** Where it can occur. */
  readonly revisions: readonly RevisionName[];
  /** The deviations that the server notes when it meets all of it. */
  readonly noted: readonly Deviation[];
  /** The reason to refuse it with `--strict`; none for what the letter of the protocol allows. */
  readonly strictReason?: Deviation;
  /** Sizes of the files to play it with, where not all sizes show it. */
  readonly sizes?: readonly number[];
  /** Whether it was seen in the second round of trials with programs of others. */
  readonly secondRound?: true;
  /** Whether the server can only tell from a silence: a test takes real time. */
  readonly takesTime?: true;
}

/** All revisions. */
export const ALL = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;
/** Those whose files come in packets. */
export const WITH_PACKETS = ["2024a", "2024c"] as const;
/** Those whose files are one request each. */
export const WITHOUT_PACKETS = ["2022c", "2023a", "2023c"] as const;
