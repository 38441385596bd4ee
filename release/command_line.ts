import { choice, path } from "../shared/settings/kind.ts";
import { Output } from "../shared/settings/output.ts";
import { UsageError } from "../shared/settings/read_settings.ts";
import { runCommandLine } from "../shared/settings/run_command_line.ts";
import { type Command, optional } from "../shared/settings/setting.ts";
import { StandingError, standWhereTheUserDoes } from "../shared/settings/standing.ts";
import { VERSION } from "../shared/version.ts";
import { findTarget, type Target, TARGETS } from "../shared/release/targets.ts";

/** The settings of a release program. */
export interface ReleaseSettings {
  /** The target to build for; undefined if not given. */
  readonly target: Target | "all" | undefined;
  /** The output path; undefined if not given. */
  readonly output: string | undefined;
  /** The folder of what has a usual place; see `Standing`. */
  readonly home: string;
}

/** The help texts of a release program. */
export interface ReleaseText {
  /** The command: `deno task compile`. */
  readonly call: string;
  /** What it does, in a sentence. */
  readonly brief: string;
  /** The default of `--target`, without the last period. */
  readonly usualTarget: string;
  /** The meaning of `--output`, without the last period. */
  readonly output: string;
}

const TRIPLES = TARGETS.map(({ triple }) => triple);

/**
 * Changes to the user's folder and reads the rest of a command line. Exits with 0 for `--help`,
 * with 2 for a usage error.
 */
export function readReleaseCommandLine(
  given: readonly string[],
  { call, brief, usualTarget, output }: ReleaseText,
): ReleaseSettings {
  const stdout = new Output(Deno.stdout, "standard output");
  const stderr = new Output(Deno.stderr, "standard error");
  const command = {
    "What to make": {
      target: optional("--target", choice("TRIPLE", ["all", ...TRIPLES]), {
        help: `The kind of machine, or all of them. ${usualTarget}`,
      }),
      output: optional("--output", path("PATH"), { help: output }),
    },
  } as const satisfies Command;
  const kinds = TARGETS.map(({ triple, title }) => `${triple} (${title})`).join(", ");
  try {
    const { args, home } = standWhereTheUserDoes(given, Deno);
    const settings = runCommandLine(command, args, {
      env: () => undefined,
      text: {
        usage: [`${call} [--target TRIPLE] [--output PATH]`],
        brief,
        examples: [call, `${call} --target ${TRIPLES[0]}`],
        notes: [`Kinds of machines: ${kinds}.`],
        values: [],
        variables: false,
        exitCodes: "0 it was made; 1 it could not be made; 2 usage.",
      },
      version: VERSION,
      stdout: (text) => stdout.write(text),
      colors: false,
      columns: 90,
    });
    if (settings === undefined) return Deno.exit(0);
    const { target, output } = settings;
    return { target: target === "all" ? target : findTarget(target ?? ""), output, home };
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof StandingError)) throw error;
    stderr.write(`error: ${error.message}\n`);
    return Deno.exit(2);
  }
}
