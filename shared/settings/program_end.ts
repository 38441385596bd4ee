/** Thrown to end a program where its command line was answered, or could not be understood. */
export class ProgramEnd extends Error {
  override readonly name = "ProgramEnd";
  /** The code to exit with. */
  readonly code: number;
  /** What could not be understood, if that is why. */
  readonly complaint: string | undefined;

  constructor(code: number, complaint?: string) {
    super(`The program ends with code ${code}`);
    this.code = code;
    this.complaint = complaint;
  }
}
