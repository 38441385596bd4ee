import { displayOf, Output, withErrorColor } from "../shared/settings/output.ts";
import { UsageError } from "../shared/settings/read_settings.ts";
import type { CommandLineOptions } from "../shared/settings/run_command_line.ts";
import { StandingError, standWhereTheUserDoes } from "../shared/settings/standing.ts";
import { RUN_FROM_SOURCE, versionText } from "../shared/version.ts";
import type { ServerIo } from "./server_io.ts";
import { StartupError } from "./settings/startup_error.ts";
import { StorageError } from "./storage/storage_error.ts";

/** Where a command writes, and what it runs in. */
export interface CommandSurroundings {
  readonly io: ServerIo;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** A command beside the server. */
export interface ServerCommand<S> {
  /** Reads the command line; undefined if help or the version was printed. */
  readonly read: (
    args: readonly string[],
    options: Omit<CommandLineOptions, "text"> & { readonly home: string },
  ) => S | undefined;
  /**
   * Does it, and returns the exit code. Throws a `StartupError`, or a `StorageError`, that says
   * what to do.
   */
  readonly run: (settings: S, surroundings: CommandSurroundings) => Promise<number>;
}

/** A command beside the server that does one thing and prints what came of it. */
export interface SmallCommand<S> extends Pick<ServerCommand<S>, "read"> {
  /** Does it, and returns the line to print. Throws a `StartupError` that says what to do. */
  readonly run: (settings: S, io: ServerIo) => Promise<string>;
}

/** Runs a command. Returns its exit code: 0, or 2 for usage and what it cannot do. */
export function runSmallCommand<S>(
  { read, run }: SmallCommand<S>,
  options: { readonly args: readonly string[]; readonly io: ServerIo },
): Promise<number> {
  return runServerCommand({
    read,
    async run(settings: S, { io, stdout }) {
      stdout.write(`${await run(settings, io)}\n`);
      return 0;
    },
  }, options);
}

/** Runs a command. Returns its exit code: its own, or 2 for usage and what it cannot do. */
export async function runServerCommand<S>(
  { read, run }: ServerCommand<S>,
  { args, io }: { readonly args: readonly string[]; readonly io: ServerIo },
): Promise<number> {
  const stdout = new Output(io.stdout, "standard output");
  const stderr = new Output(io.stderr, "standard error");
  try {
    const { args: own, home } = standWhereTheUserDoes(args, io);
    const settings = read(own, {
      ...{ home, env: io.env, version: versionText(RUN_FROM_SOURCE) },
      stdout: (text) => stdout.write(text),
      colors: displayOf(io.stdout, io.env).colors,
      columns: io.stdout.isTerminal() ? io.columns() : undefined,
    });
    const code = settings === undefined ? 0 : await run(settings, { io, stdout, stderr });
    if (stdout.fault !== undefined) throw new StartupError(stdout.fault);
    return code;
  } catch (error) {
    const known = [UsageError, StandingError, StartupError, StorageError]
      .some((kind) => error instanceof kind);
    if (!(error instanceof Error) || !known) throw error;
    const { colors } = displayOf(io.stderr, io.env);
    stderr.write(withErrorColor(`error: ${error.message}\n`, colors));
    return 2;
  }
}
