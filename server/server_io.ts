import type { Clock } from "../shared/clock.ts";
import { orZero, type OutputStream } from "../shared/settings/output.ts";
import { textVariables } from "../shared/settings/setting.ts";
import type { LogStream } from "./observe/log_writer.ts";
import { SYSTEM_CLOCK } from "./system_clock.ts";

/** An output stream, which may be a terminal. */
export type ServerStream = OutputStream & { readonly isTerminal: () => boolean };

/** The signals that the server handles. */
export type ServerSignal = "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGXFSZ";

/** The server's environment: streams, variables, terminal, signals and time. */
export interface ServerIo {
  readonly stdin: Pick<ServerStream, "isTerminal">;
  readonly stdout: ServerStream;
  readonly stderr: ServerStream & LogStream;
  /** Returns the value of a variable; undefined if it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Returns and changes the current folder; both throw if that fails. */
  readonly cwd: () => string;
  readonly chdir: (folder: string) => void;
  /** Columns of the terminal; 0 if unknown. */
  readonly columns: () => number;
  /** Calls `handler` at each of these signals, if the system has it. */
  readonly onSignal: (signal: ServerSignal, handler: () => void) => void;
  /** Times every wait, deadline and date. */
  readonly clock: Clock;
  /** Ends the process at once. */
  readonly exit: (code: number) => never;
}

/** The streams, environment, terminal, signals and clock of this process. */
export function systemIo(): ServerIo {
  const { stdin, stdout, stderr } = Deno;
  return {
    stdin,
    stdout,
    stderr,
    env: textVariables((name) => Deno.env.get(name)),
    cwd: () => Deno.cwd(),
    chdir: (folder) => Deno.chdir(folder),
    columns: () => orZero(() => Deno.consoleSize().columns),
    onSignal(signal, handler) {
      if (signal !== "SIGINT" && Deno.build.os === "windows") return;
      Deno.addSignalListener(signal, handler);
    },
    clock: SYSTEM_CLOCK,
    exit: (code) => Deno.exit(code),
  };
}
