import { type Display, displayOf, withErrorColor } from "../shared/settings/display.ts";
import { Output } from "../shared/settings/output.ts";
import { ProgramEnd } from "../shared/settings/program_end.ts";
import { StandingError, standWhereTheUserDoes } from "../shared/settings/standing.ts";
import { type Environment, parseSwitch } from "../shared/settings/variable.ts";
import { visible } from "../shared/text/quoted.ts";
import { VariableError } from "../shared/settings/text_variables.ts";
import { versionText } from "../shared/version.ts";
import { BUILD } from "./build.ts";
import { ClientError, EXIT, localError } from "./client_error.ts";
import type { ClientIo } from "./client_io.ts";
import type { AnySettings } from "./settings/command_line.ts";
import type { CommandContext } from "./command_context.ts";
import { isCommandWord, readPlainCommandLine } from "./settings/plain_command_line.ts";
import { errorLine, jsonError } from "./report.ts";
import { ACCOUNTS } from "./protocol3/accounts.ts";
import { runSend } from "./send/run_send.ts";
import { Screen } from "./terminal/screen.ts";

/**
 * The client as a function of its arguments and what it runs in; the code to exit with. Only the code
 * of the command that is named is loaded, for a quick start.
 */
export async function runClient(args: readonly string[], io: ClientIo): Promise<number> {
  const stdout = new Output(io.stdout, "standard output");
  const stderr = new Output(io.stderr, "standard error");
  const { colors } = displayOf(io.stdout, io.env);
  const errors = displayOf(io.stderr, io.env);
  const code = await runCommand(args, { io, stdout, stderr, colors, errors });
  if (stdout.fault === undefined) return code;
  // Results that could not be written count, where nothing worse happened.
  stderr.write(withErrorColor(`error: ${stdout.fault}\n`, errors.colors));
  return code === EXIT.sent ? EXIT.usage : code;
}

interface Outputs {
  readonly io: ClientIo;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether standard output is to have colours. */
  readonly colors: boolean;
  /** What standard error can show. */
  readonly errors: Display;
}

async function runCommand(given: readonly string[], outputs: Outputs): Promise<number> {
  const { io, stdout, stderr, colors, errors } = outputs;
  let settings: AnySettings;
  let home: string;
  try {
    const { args, ...standing } = standWhereTheUserDoes(given, io);
    home = standing.home;
    // Without the library, which takes most of the time of so short an answer.
    if (args.length === 1 && args[0] === "--version") {
      stdout.write(`${versionText(BUILD.source)}\n`);
      return EXIT.sent;
    }
    const [first = ""] = args;
    if (/^[a-z]{3,14}$/i.test(first) && !isCommandWord(first)) {
      const { refuseMistyped } = await import("./settings/refuse_mistyped.ts");
      await refuseMistyped(first);
    }
    settings = readPlainCommandLine(args, io.env) ?? await readAnyCommandLine(args, outputs);
  } catch (error) {
    const json = wantsJson(given, io.env);
    if (error instanceof ProgramEnd) {
      if (json && error.complaint !== undefined) {
        writeJson(localError("bad-command-line", error.complaint), stdout);
      }
      return error.code;
    }
    const isSetting = error instanceof StandingError || error instanceof VariableError;
    const said = isSetting ? localError("bad-setting", error.message) : error;
    if (!(said instanceof ClientError)) throw error;
    stderr.write(withErrorColor(`${visible(errorLine(said))}\n`, errors.colors));
    if (json) writeJson(said, stdout);
    return said.exitCode;
  }
  const screen = new Screen({
    write: (text) => stderr.write(text),
    columns: errors.isTerminal ? io.columns : undefined,
    colors: errors.colors,
    quiet: settings.command === "completions" || settings.quiet,
    now: () => performance.now(),
  });
  try {
    return await run(settings, { io, home, stdout, screen, colors });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    screen.line(errorLine(error));
    if (settings.command !== "completions" && settings.json) writeJson(error, stdout);
    return error.exitCode;
  }
}

/** Whether results are wanted as JSON, as far as a command line tells that cannot be understood. */
function wantsJson(args: readonly string[], env: Environment): boolean {
  return args.includes("--json") || parseSwitch(env("SEALPOST_JSON") ?? "") === true;
}

function writeJson(error: ClientError, stdout: Output): void {
  stdout.write(`${JSON.stringify(jsonError(error))}\n`);
}

/** Reads command lines that are not plain, and answers those that ask for help or are mistaken. */
async function readAnyCommandLine(
  args: readonly string[],
  { io, stdout, stderr, colors, errors }: Outputs,
): Promise<AnySettings> {
  const { readCommandLine } = await import("./settings/command_line.ts");
  return readCommandLine(args, {
    env: io.env,
    program: BUILD.call,
    version: versionText(BUILD.source),
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(withErrorColor(text, errors.colors)),
    colors,
    columns: io.stdout.isTerminal() ? io.columns() : undefined,
    onExit: (code, complaint) => {
      throw new ProgramEnd(code, complaint);
    },
  });
}

async function run(settings: AnySettings, context: CommandContext): Promise<number> {
  if (settings.command === "completions") {
    const { runCompletions } = await import("./completions/run_completions.ts");
    runCompletions(settings, (text) => context.stdout.write(text));
    return EXIT.sent;
  }
  if (settings.command === "identity") {
    const [{ runIdentity }, { moveIdentity: move }, { plannedServer }] = await Promise.all([
      import("./identity/run_identity.ts"),
      import("./protocol3/identity/move_identity.ts"),
      import("./plan/plan.ts"),
    ]);
    return await runIdentity(settings, context, { move, plannedServer });
  }
  if (settings.command === "doctor") {
    const [{ runDoctor }, { INSPECTOR }] = await Promise.all([
      import("./doctor/run_doctor.ts"),
      import("./protocol3/inspection/inspector.ts"),
    ]);
    return await runDoctor(settings, context, INSPECTOR);
  }
  if (settings.command === "probe") {
    const [{ runProbe }, { PROBER }] = await Promise.all([
      import("./probe/run_probe.ts"),
      import("./protocol3/inspection/probe.ts"),
    ]);
    return await runProbe(settings, context, PROBER);
  }
  return await runSend(settings, context, ACCOUNTS);
}
