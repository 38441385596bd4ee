import { type HelpDisplay, helpText, type ProgramText } from "./help.ts";
import { readSettings } from "./read_settings.ts";
import type { Command, Environment, SettingsOf } from "./setting.ts";

export interface CommandLineOptions extends HelpDisplay {
  readonly env: Environment;
  readonly text: ProgramText;
  readonly version: string;
  /** Writes text to standard output: help and version. */
  readonly stdout: (text: string) => void;
}

/**
 * The settings of a command line; undefined if it asked for help or the version, which was printed.
 * Throws a `UsageError` when it cannot be understood.
 */
export function runCommandLine<C extends Command>(
  command: C,
  args: readonly string[],
  { env, text, version, stdout, ...display }: CommandLineOptions,
): SettingsOf<C> | undefined {
  const read = readSettings(command, args, env);
  if (read.type === "settings") return read.settings;
  stdout(read.type === "version" ? `${version}\n` : helpText(command, { ...text, ...display }));
  return undefined;
}
