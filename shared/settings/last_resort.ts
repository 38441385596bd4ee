import { visible } from "../text/quoted.ts";
import { VariableError } from "./setting.ts";

export interface LastResortOptions {
  /** Writes a line, including its line feed, to standard error. */
  readonly write: (line: string) => void;
  /** Whether to show where in the program an error comes from. */
  readonly verbose: () => boolean;
  /** The flag that makes the program show that. */
  readonly flag: string;
  /** The exit code after an unexpected error. */
  readonly code: number;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/** Characters of an error's own message that are shown: it may be of any length. */
const SHOWN = 300;

/** A position in the source, as in a line of a stack trace. */
const PLACE = /[^\s/\\()]+\.[jt]sx?:\d+:\d+/g;

/**
 * Runs a program and returns its exit code. Any uncaught error, also one in a timer or in a promise
 * that is not awaited, ends it with one line that has a reference. A variable that cannot be read
 * (`VariableError`) is a mistake in its settings: code 2.
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
    // An error in here must not escape.
    return false;
  }
}

function unforeseen(error: unknown, flag: string): string {
  const [first = ""] = String(error).split("\n");
  const text = visible(first.length > SHOWN ? `${first.slice(0, SHOWN)}...` : first);
  return `This was not foreseen: ${text}; report it with the reference ${referenceOf(error)}, or ` +
    `run it again with ${flag} to see more`;
}

/** Eight digits that are the same for the same error at the same position in the source. */
function referenceOf(error: unknown): string {
  const { name, stack = "" } = error instanceof Error ? error : { name: typeof error };
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of [name, ...stack.match(PLACE) ?? []].join(" ")) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

/**
 * The exit codes of a program ended by a signal: by the convention of shells, 128 plus its number.
 */
export const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;
