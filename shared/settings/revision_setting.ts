import { choice, type ValueParser } from "@optique/core/valueparser";
import { REVISION_NAMES, type RevisionName } from "../protocol3/revision.ts";

/** A revision by name, or `auto` for finding it out: what `--revision` takes on both sides. */
export type RevisionChoice = RevisionName | "auto";

const CHOICES: readonly RevisionChoice[] = ["auto", ...REVISION_NAMES];

/** The choices in words, for help texts: `auto, 2022c, ... or 2024c`. */
export const REVISION_CHOICES: string = `${CHOICES.slice(0, -1).join(", ")} or ${CHOICES.at(-1)}`;

/** The value of `--revision`. */
export const revisionChoice: ValueParser<"sync", RevisionChoice> = choice(CHOICES, {
  metavar: "REVISION",
});
