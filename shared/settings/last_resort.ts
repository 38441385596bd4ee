import { visible } from "../text/quoted.ts";
import { VariableError } from "./text_variables.ts";

/** What a last resort says and does. */
export interface LastResortOptions {
  /** Takes a line for standard error, with its line feed. */
  readonly write: (line: string) => void;
  /** Whether whoever runs the program wants to see where in it an error comes from. */
  readonly verbose: () => boolean;
  /** What makes the program tell that: a flag. */
  readonly flag: string;
  /** The code to exit with after an error that was not foreseen. */
  readonly code: number;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/** Characters of an error's own message that are shown: it may be of any length. */
const SHOWN = 300;

/** A place in the source, as a line of a stack trace has it. */
const PLACE = /[^\s/\\()]+\.[jt]sx?:\d+:\d+/g;

/**
 * Runs a program and returns the code to exit with. Whatever the program does not catch, in a timer or in a
 * promise that it does not wait for too, ends it with one line that has a reference. A variable that
 * cannot be read (`VariableError`) is a mistake in its settings: code 2.
 */
export async function withLastResort(
  program: () => Promise<number>,
  options: LastResortOptions,
): Promise<number> {
  const { write, verbose, flag, code, exit } = options;
  const report = (error: unknown): number => {
    if (error instanceof VariableError) {
      write(`error: ${visible(error.message)}\n`);
      return 2;
    }
    write(`Fatal: ${unforeseen(error, flag)}\n`);
    const stack = error instanceof Error ? error.stack : undefined;
    if (stack !== undefined && isVerbose(verbose)) {
      write(`${stack.split("\n").map(visible).join("\n")}\n`);
    }
    return code;
  };
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    exit(report(event.reason));
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    exit(report(event.error));
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  try {
    return await program();
  } catch (error) {
    return report(error);
  } finally {
    globalThis.removeEventListener("unhandledrejection", onRejection);
    globalThis.removeEventListener("error", onError);
  }
}

function isVerbose(verbose: () => boolean): boolean {
  try {
    return verbose();
  } catch {
    // Nothing may be unforeseen in here.
    return false;
  }
}

function unforeseen(error: unknown, flag: string): string {
  const [first = ""] = String(error).split("\n");
  const text = visible(first.length > SHOWN ? `${first.slice(0, SHOWN)}...` : first);
  return `This was not foreseen: ${text}; report it with the reference ${referenceOf(error)}, or ` +
    `run it again with ${flag} to see more`;
}

/** Eight digits that are the same for the same error at the same place of the source. */
function referenceOf(error: unknown): string {
  const { name, stack = "" } = error instanceof Error ? error : { name: typeof error };
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of [name, ...stack.match(PLACE) ?? []].join(" ")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}
