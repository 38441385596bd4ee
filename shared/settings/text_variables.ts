import type { Environment } from "./variable.ts";

/** Why a variable cannot be read: one line that names it and says what to do. */
export class VariableError extends Error {
  override readonly name = "VariableError";

  /** The line alone: what reads command lines shows an error of a variable as text. */
  override toString(): string {
    return this.message;
  }
}

/** As `read`, with a `VariableError` for what is not text, or may not be read. */
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
