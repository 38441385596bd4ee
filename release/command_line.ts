import { object } from "@optique/core/constructs";
import { runParser } from "@optique/core/facade";
import { formatMessage, message, text as messageText } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import { option } from "@optique/core/primitives";
import { Output } from "../shared/settings/output.ts";
import {
  type Standing,
  StandingError,
  standWhereTheUserDoes,
} from "../shared/settings/standing.ts";
import { path, valueParser } from "../shared/settings/value_parsers.ts";
import { findTarget, type Target, TARGETS } from "../shared/release/targets.ts";

/** Columns of help texts. */
const WIDTH = 90;

/** What a program of the release is asked for. */
export interface ReleaseSettings {
  /** What to make it for; undefined when nobody said. */
  readonly target: Target | "all" | undefined;
  /** Where to put it; undefined when nobody said. */
  readonly output: string | undefined;
  /** The folder of what has a usual place; see `Standing`. */
  readonly home: string;
}

/** What `--help` says of a program of the release. */
export interface ReleaseText {
  /** How it is called: `deno task compile`. */
  readonly call: string;
  /** What it does, in a sentence. */
  readonly brief: string;
  /** What `--target` is when it is not given, without the last period. */
  readonly usualTarget: string;
  /** What `--output` is, without the last period. */
  readonly output: string;
}

const target = valueParser<Target | "all">({
  metavar: "TRIPLE",
  placeholder: "all",
  parse: (word) => word === "all" ? word : findTarget(word),
  expected: (word) =>
    message`Expected all or one of ${
      messageText(TARGETS.map(({ triple }) => triple).join(", "))
    }, but got ${word}`,
  format: (value) => value === "all" ? value : value.triple,
});

/**
 * Goes to where the user is, and reads the rest of a command line. Exits with 0 for `--help`, with 2 for what
 * cannot be understood.
 */
export function readReleaseCommandLine(
  given: readonly string[],
  { call, brief, usualTarget, output }: ReleaseText,
): ReleaseSettings {
  const parser = object("What to make", {
    target: optional(option("--target", target, {
      description: message`The kind of machine, or all of them. ${messageText(usualTarget)}.`,
    })),
    output: optional(option("--output", path("PATH"), {
      description: message`${messageText(output)}.`,
    })),
  });
  const stdout = new Output(Deno.stdout, "standard output");
  const stderr = new Output(Deno.stderr, "standard error");
  const { args, home } = standing(given, (line) => stderr.write(line));
  const triples = TARGETS.map(({ triple, title }) => `${triple} (${title})`).join(", ");
  const settings = runParser(parser, call, args, {
    help: { option: { names: ["-h", "--help"] }, onShow: () => Deno.exit(0) },
    stdout: (help) => stdout.write(`${help.replaceAll(/ +$/gm, "")}\n`),
    stderr: () => {},
    onError(_code, error) {
      const said = formatMessage(error).trim().replaceAll(/\s*\n\s*/g, " ").replace(/\.$/, "");
      stderr.write(`error: ${said}\n`);
      return Deno.exit(2);
    },
    aboveError: "none",
    colors: false,
    termWidth: "auto",
    maxWidth: WIDTH,
    brief: message`${messageText(brief)}`,
    footer: message`${messageText(`Kinds of machines: ${triples}.`)}`,
  });
  return { ...settings, home };
}

function standing(given: readonly string[], say: (line: string) => void): Standing {
  try {
    return standWhereTheUserDoes(given, Deno);
  } catch (error) {
    if (!(error instanceof StandingError)) throw error;
    say(`error: ${error.message}\n`);
    return Deno.exit(2);
  }
}
