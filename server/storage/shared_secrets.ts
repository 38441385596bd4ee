/** What all servers of one database know beside what they store. */
export interface SharedSecrets {
  /** Returns the text that is kept under a name, or undefined if there is none. */
  kept(name: string): Promise<string | undefined>;
  /**
   * Keeps a text under a name, unless one is kept there already; returns the one that is kept. Of
   * servers that begin at once, one keeps its own, and all get that.
   */
  keep(name: string, text: string): Promise<string>;
  /**
   * Keeps a text in the place of another one. Returns whether it did: not if another text is kept
   * by now.
   */
  change(name: string, from: string, to: string): Promise<boolean>;
  /**
   * Uses something up. Returns whether no server has used it before; what was used longer ago than
   * so many milliseconds is forgotten.
   */
  useOnce(what: Uint8Array, milliseconds: number): Promise<boolean>;
  /** The date, which is the same for all servers. */
  date(): Date;
}
