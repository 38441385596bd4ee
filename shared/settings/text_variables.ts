import type { Environment } from "./variable.ts";

/** Thrown when a variable cannot be read: one line that names it and says what to do. */
export class VariableError extends Error {
  override readonly name = "VariableError";

  /** The line alone: the code that reads command lines shows such an error as text. */
  override toString(): string {
    return this.message;
  }
}

/** As `read`, but throws a `VariableError` for a value that is not text or must not be read. */
export function textVariables(read: Environment): Environment {
  return (name) => {
    try {
      return read(name);
    } catch (error) {
      const fault = error instanceof Deno.errors.NotCapable
        ? `may not be read; start the program with --allow-env=${name}`
        : "is not UTF-8; set it again, or unset it";
      throw new VariableError(`The variable ${name} ${fault}`, { cause: error });
    }
  };
}
