import { choice, type Kind } from "./kind.ts";

/** The official revisions of protocol 3, named after the year and the family of their codes. */
export const REVISION_NAMES = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;

/** One of `REVISION_NAMES`. */
export type RevisionName = typeof REVISION_NAMES[number];

/** A revision by name, or `auto` to detect it: the value of `--revision` on both sides. */
export type RevisionChoice = RevisionName | "auto";

const CHOICES: readonly RevisionChoice[] = ["auto", ...REVISION_NAMES];

/** The choices in words, for help texts: `auto, 2022c, ... or 2024c`. */
export const REVISION_CHOICES: string = `${CHOICES.slice(0, -1).join(", ")} or ${CHOICES.at(-1)}`;

/** The value of `--revision`. */
export const revisionChoice: Kind<RevisionChoice> = choice("REVISION", CHOICES);

/** Whether `name` names a revision. */
export function isRevisionName(name: string): name is RevisionName {
  return REVISION_NAMES.some((known) => known === name);
}
