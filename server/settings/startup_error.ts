/** Why the server cannot start: one line that says what to do. */
export class StartupError extends Error {
  override readonly name = "StartupError";
}
