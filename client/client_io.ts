import { orZero, type OutputStream } from "../shared/settings/output.ts";
import { textVariables } from "../shared/settings/text_variables.ts";

/** A standard stream, which may be a terminal. */
export interface Stream {
  readonly isTerminal: () => boolean;
}

/** What the client runs in: its streams, its environment, its terminal, its signals. */
export interface ClientIo {
  readonly stdin: Stream;
  readonly stdout: OutputStream & Stream;
  readonly stderr: OutputStream & Stream;
  /** The value of a variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** The current folder, and how to go to another one; both throw where that cannot be. */
  readonly cwd: () => string;
  readonly chdir: (folder: string) => void;
  /** Columns of the terminal, 0 when it does not know them. */
  readonly columns: () => number;
  /** Asks a question on the terminal; null when the user ends it, by Ctrl-C or Ctrl-D. */
  readonly ask: (question: string) => string | null;
  /** Calls `handler` at each of these signals, where the system has it. */
  readonly onSignal: (signal: "SIGINT" | "SIGTERM", handler: () => void) => void;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/**
 * The variable that has the user's home folder, or nothing where there is none, when the launcher
 * of a package has set `HOME` to another one for Deno.
 */
export const USER_HOME = "SEALPOST_USER_HOME";

/** The streams, environment, terminal and signals of this process. */
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
    exit: (code) => Deno.exit(code),
  };
}

function env(name: string): string | undefined {
  if (name !== "HOME") return Deno.env.get(name);
  const home = Deno.env.get(USER_HOME);
  return home === undefined ? Deno.env.get(name) : home || undefined;
}
