import type { OutputStream } from "../shared/command_line/output.ts";

/** A standard stream, which may be a terminal. */
export interface Stream {
  readonly isTerminal: () => boolean;
}

/** What the client runs in: its streams, its environment, and its terminal. */
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
}

/** The streams, environment and terminal of this process. */
export function systemIo(): ClientIo {
  const { stdin, stdout, stderr } = Deno;
  return {
    stdin,
    stdout,
    stderr,
    env: (name) => Deno.env.get(name),
    cwd: () => Deno.cwd(),
    chdir: (folder) => Deno.chdir(folder),
    columns: () => Deno.consoleSize().columns,
    ask: (question) => prompt(question),
  };
}
