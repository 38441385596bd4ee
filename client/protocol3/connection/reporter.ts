/** Who is told what happens in a session. */
export interface Reporter {
  /** Something went wrong, or what is done about it: one line. */
  readonly trouble: (line: string) => void;
  /** How things go, for those who asked for details: one line. */
  readonly detail: (line: string) => void;
}
