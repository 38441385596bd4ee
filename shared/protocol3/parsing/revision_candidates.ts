import {
  type Revision,
  type RevisionName,
  REVISIONS,
  REVISIONS_BY_PREFERENCE,
} from "../revision.ts";

/** The possible revisions of a client, judging by its bytes; the preferred one first. */
export class RevisionCandidates {
  #all: readonly [Revision, ...Revision[]];

  /** One revision, or `auto` for all of them. */
  constructor(revision: RevisionName | "auto") {
    const [first = REVISIONS["2024a"], ...others] = REVISIONS_BY_PREFERENCE;
    this.#all = revision === "auto" ? [first, ...others] : [REVISIONS[revision]];
  }

  /** The one to answer in. */
  get first(): Revision {
    return this.#all[0];
  }

  /** Whether there are several. */
  get several(): boolean {
    return this.#all.length > 1;
  }

  /** Whether one of them fits. */
  some(fits: (revision: Revision) => boolean): boolean {
    return this.#all.some(fits);
  }

  /** Removes those that do not fit, unless none does; returns whether one fits. */
  narrow(fits: (revision: Revision) => boolean): boolean {
    // Most headers come when one is left.
    if (!this.several) return fits(this.first);
    if (this.#all.every(fits)) return true;
    const [first, ...others] = this.#all.filter(fits);
    if (first !== undefined) this.#all = [first, ...others];
    return first !== undefined;
  }

  /** Prefers the one of this name, if it is among them; excludes none. */
  prefer(name: RevisionName | undefined): void {
    const preferred = this.#all.find((revision) => revision.name === name);
    if (preferred === undefined) return;
    this.#all = [preferred, ...this.#all.filter((revision) => revision !== preferred)];
  }
}
