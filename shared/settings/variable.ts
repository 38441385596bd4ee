/** The name of a flag. */
export type Flag = `--${string}`;

/** A second name of a flag, of one letter. */
export type ShortFlag = `-${string}`;

/** Looks up an environment variable. Passed in, because nothing in `shared/` reads the system. */
export type Environment = (name: string) => string | undefined;

/**
 * The environment variable that sets the same as a flag.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(variableOf("--max-file-size"), "SEALPOST_MAX_FILE_SIZE");
 * ```
 */
export function variableOf(flag: Flag): string {
  return `SEALPOST_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
}

/** The value of a switch's variable; undefined if it is neither yes nor no. */
export function parseSwitch(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  return ["0", "false", "no", "off"].includes(word) ? false : undefined;
}

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
