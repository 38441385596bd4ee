import type { Clock } from "../shared/clock.ts";
import { orZero, type OutputStream } from "../shared/settings/output.ts";
import { textVariables } from "../shared/settings/setting.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";

/** A standard stream, which may be a terminal. */
export interface Stream {
  readonly isTerminal: () => boolean;
}

/** Standard input. */
export interface Input extends Stream {
  /** Reads some bytes, as `Deno.Reader` does; null at the end. */
  readonly read: (buffer: Uint8Array) => Promise<number | null>;
}

/** The surroundings of the client: streams, environment, terminal, signals, time. */
export interface ClientIo {
  readonly stdin: Input;
  readonly stdout: OutputStream & Stream;
  readonly stderr: OutputStream & Stream;
  /** The value of a variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Reads and changes the current folder; both throw when that fails. */
  readonly cwd: () => string;
  readonly chdir: (folder: string) => void;
  /** Columns of the terminal, or 0 if unknown. */
  readonly columns: () => number;
  /** Asks a question on the terminal; null when the user presses Ctrl-C or Ctrl-D. */
  readonly ask: (question: string) => string | null;
  /** Calls `handler` at each such signal, on systems that have it. */
  readonly onSignal: (signal: "SIGINT" | "SIGTERM", handler: () => void) => void;
  /** Times what is sent, and every wait and deadline on the way. */
  readonly clock: Clock;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/**
 * The variable with the user's home folder, empty if there is none, for packages whose launcher
 * sets `HOME` to another folder for Deno.
 */
export const USER_HOME = "SEALPOST_USER_HOME";

/** The streams, environment, terminal, signals and clock of this process. */
export function systemIo(): ClientIo {
  const { stdin, stdout, stderr } = Deno;
  return {
    stdin,
    stdout,
    stderr,
    env: textVariables(env),
    cwd: () => Deno.cwd(),
    chdir: (folder) => Deno.chdir(folder),
    columns: () => orZero(() => Deno.consoleSize().columns),
    ask: (question) => prompt(question),
    onSignal(signal, handler) {
      if (signal === "SIGTERM" && Deno.build.os === "windows") return;
      Deno.addSignalListener(signal, handler);
    },
    clock: SYSTEM_CLOCK,
    exit: (code) => Deno.exit(code),
  };
}

function env(name: string): string | undefined {
  if (name !== "HOME") return Deno.env.get(name);
  const home = Deno.env.get(USER_HOME);
  return home === undefined ? Deno.env.get(name) : home || undefined;
}
