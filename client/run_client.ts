import { type Display, displayOf, Output, withErrorColor } from "../shared/settings/output.ts";
import { seemsOn, UsageError } from "../shared/settings/read_settings.ts";
import { StandingError, standWhereTheUserDoes } from "../shared/settings/standing.ts";
import { visible } from "../shared/text/quoted.ts";
import { VariableError } from "../shared/settings/setting.ts";
import { versionText } from "../shared/version.ts";
import type { ProbeOptions } from "./probe/prober.ts";
import { BUILD } from "./build.ts";
import { ClientError, EXIT, localError } from "./client_error.ts";
import type { ClientIo } from "./client_io.ts";
import type { ClientRead } from "./settings/command_line.ts";
import { type ClientSettings, COMMAND_WORDS, readSend, SHOWN } from "./settings/send_settings.ts";
import type { AnySettings } from "./settings/commands.ts";
import type { CommandContext } from "./command_context.ts";
import { inFolder } from "./files/paths.ts";
import { userFolder } from "./identity/client_folders.ts";
import { errorLine, jsonError } from "./report.ts";
import type {
  GetSettings,
  ListSettings,
  MoveSettings,
  RemoveSettings,
} from "./settings/tree_settings.ts";
import { Screen } from "./terminal/screen.ts";

/**
 * Runs the client with arguments and surroundings; returns the exit code. Loads only the modules of
 * the command in question, for a quick start.
 */
export async function runClient(args: readonly string[], io: ClientIo): Promise<number> {
  const stdout = new Output(io.stdout, "standard output");
  const stderr = new Output(io.stderr, "standard error");
  const { colors } = displayOf(io.stdout, io.env);
  const errors = displayOf(io.stderr, io.env);
  const code = await runCommand(args, { io, stdout, stderr, colors, errors });
  if (stdout.fault === undefined) return code;
  // A failure to write results sets the exit code, unless there was a worse one.
  stderr.write(withErrorColor(`error: ${stdout.fault}\n`, errors.colors));
  return code === EXIT.sent ? EXIT.usage : code;
}

interface Outputs {
  readonly io: ClientIo;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether standard output is coloured. */
  readonly colors: boolean;
  /** The abilities of standard error. */
  readonly errors: Display;
}

async function runCommand(given: readonly string[], outputs: Outputs): Promise<number> {
  const { io, stdout, stderr, colors, errors } = outputs;
  let settings: AnySettings;
  let home: string;
  try {
    const { args, ...standing } = standWhereTheUserDoes(given, io);
    home = standing.home;
    const [first = ""] = args;
    if (/^[a-z]{3,14}$/i.test(first) && !COMMAND_WORDS.includes(first)) {
      const { refuseMistyped } = await import("./settings/refuse_mistyped.ts");
      await refuseMistyped(first);
    }
    const read = await readWords(args, io);
    if (read.type !== "settings") {
      stdout.write(await answerTo(read, outputs));
      return EXIT.sent;
    }
    settings = read.settings;
  } catch (error) {
    const said = commandLineError(error);
    if (said === undefined) throw error;
    stderr.write(withErrorColor(`${visible(errorLine(said))}\n`, errors.colors));
    if (seemsOn(SHOWN.json, { args: given, env: io.env })) writeJson(said, stdout);
    return said.exitCode;
  }
  const screen = new Screen({
    write: (text) => stderr.write(text),
    columns: errors.isTerminal ? io.columns : undefined,
    colors: errors.colors,
    quiet: settings.command === "completions" || settings.quiet,
    now: io.clock.now,
  });
  try {
    return await run(settings, { io, home, stdout, screen, colors });
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    // Nothing is under way any more, and nothing waited for.
    screen.clear();
    screen.line(errorLine(error));
    if (settings.command !== "completions" && settings.json) writeJson(error, stdout);
    return error.exitCode;
  }
}

/** Reads the command line. Tables of other commands than `send` are loaded for these only. */
async function readWords(args: readonly string[], { env }: ClientIo): Promise<ClientRead> {
  const [first = "", ...rest] = args;
  if (first === "send") return readSend(rest, env);
  if (!COMMAND_WORDS.includes(first)) return readSend(args, env);
  const { readCommandLine } = await import("./settings/command_line.ts");
  return readCommandLine(args, env);
}

function writeJson(error: ClientError, stdout: Output): void {
  stdout.write(`${JSON.stringify(jsonError(error))}\n`);
}

/**
 * An error in the command line or the environment as a `ClientError`; undefined for any other
 * error.
 */
function commandLineError(error: unknown): ClientError | undefined {
  if (error instanceof UsageError) return localError("bad-command-line", error.message);
  if (error instanceof StandingError || error instanceof VariableError) {
    return localError("bad-setting", error.message);
  }
  return error instanceof ClientError ? error : undefined;
}

/** The help text or the version. The modules for the help are only loaded for it. */
async function answerTo(
  read: Exclude<ClientRead, { readonly type: "settings" }>,
  { io, colors }: Outputs,
): Promise<string> {
  if (read.type === "version") return `${versionText(BUILD.source)}\n`;
  const { clientHelp } = await import("./settings/command_texts.ts");
  const columns = io.stdout.isTerminal() ? io.columns() : undefined;
  return clientHelp(read.command, { program: BUILD.call, columns, colors });
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
  if (isTreeCommand(settings)) return await runTreeCommand(settings, context);
  if (settings.command === "login") {
    const { runLogin } = await import("./protocol4/commands/run_login.ts");
    return await runLogin(settings, context);
  }
  if (settings.command === "devices") {
    const { runDevices } = await import("./protocol4/commands/run_devices.ts");
    return await runDevices(settings, context);
  }
  if (settings.command === "token") {
    const { runToken } = await import("./protocol4/commands/run_token.ts");
    return await runToken(settings, context);
  }
  if (settings.command === "status") {
    const { runStatus } = await import("./protocol4/commands/run_status.ts");
    return await runStatus(settings, context);
  }
  if (settings.command === "doctor") {
    const [{ runDoctor }, { INSPECTOR: inspector }, { inspector4 }] = await Promise.all([
      import("./doctor/run_doctor.ts"),
      import("./protocol3/inspection/inspect_identity.ts"),
      import("./protocol4/inspection/inspector4.ts"),
    ]);
    const inspectors = { inspector, inspector4: inspector4(settings, context) };
    return await runDoctor(settings, context, inspectors);
  }
  if (settings.command === "probe") {
    const [{ runProbe }, { PROBER: prober }, { probe4 }, { configOf }] = await Promise.all([
      import("./probe/run_probe.ts"),
      import("./protocol3/inspection/probe.ts"),
      import("./protocol4/inspection/prober4.ts"),
      import("./protocol4/commands/command_server.ts"),
    ]);
    const config = await configOf(settings, context);
    const four = (options: ProbeOptions) => probe4({ ...options, config });
    return await runProbe(settings, context, { prober, four });
  }
  if (settings.protocol !== "3" && mayKnowServers(settings, context)) {
    const { runSend4 } = await import("./protocol4/run_send4.ts");
    const code = await runSend4(settings, context);
    if (code !== undefined) return code;
  }
  const { runSend3 } = await import("./protocol3/run_send3.ts");
  return await runSend3(settings, context);
}

/** Whether there is a file with known servers. Nothing of protocol 4 is loaded for that. */
function mayKnowServers(
  { protocol, dir }: ClientSettings,
  { io, home }: CommandContext,
): boolean {
  if (protocol === "4") return true;
  try {
    Deno.statSync(inFolder(dir ?? userFolder(io) ?? home, "known_servers"));
    return true;
  } catch {
    return false;
  }
}

type TreeSettings = ListSettings | GetSettings | RemoveSettings | MoveSettings;

function isTreeCommand(settings: AnySettings): settings is TreeSettings {
  return ["ls", "get", "rm", "mv"].includes(settings.command);
}

async function runTreeCommand(settings: TreeSettings, context: CommandContext): Promise<number> {
  const { REMOTES } = await import("./protocol4/tree/remote_tree.ts");
  switch (settings.command) {
    case "ls":
      return await (await import("./remote/run_list.ts")).runList(settings, context, REMOTES);
    case "get":
      return await (await import("./receive/run_get.ts")).runGet(settings, context, REMOTES);
    case "rm":
      return await (await import("./remote/run_remove.ts")).runRemove(settings, context, REMOTES);
    case "mv":
      return await (await import("./remote/run_remove.ts")).runMove(settings, context, REMOTES);
  }
}
