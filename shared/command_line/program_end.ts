/** Thrown to end a program where its command line was answered, or could not be understood. */
export class ProgramEnd extends Error {
  override readonly name = "ProgramEnd";
  /** The code to exit with. */
  readonly code: number;

  constructor(code: number) {
    super(`The program ends with code ${code}`);
    this.code = code;
  }
}
