/** What version 0.1.0 answered official clients (`make_answers.ts`). */

import type { RevisionName } from "../../shared/protocol3/revision.ts";
import type { Answers } from "../field/official_exchanges.ts";
import recorded from "./answers.json" with { type: "json" };

/** What official clients of one revision were answered. */
export interface OldAnswers {
  readonly smallFiles: Answers;
  /** By the size of the file in bytes. */
  readonly sizes: Readonly<Record<string, Answers>>;
}

/** The same on a listener for the revision and on one for all, with pauses and without. */
export const OLD_ANSWERS: Readonly<Record<RevisionName, OldAnswers>> = recorded;
