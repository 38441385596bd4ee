/**
 * The client as a program: reads settings, makes a plan, sends files, reports. The only place where
 * its parts are put together.
 */
import { Output } from "../shared/command_line/output.ts";
import { formatAddress } from "../shared/files/address.ts";
import { quoted, quotedPath } from "../shared/files/quoted.ts";
import { versionText } from "../shared/version.ts";
import { BUILD } from "./build.ts";
import { ClientError, EXIT, type ExitCode, localError } from "./client_error.ts";
import type { AnySettings, ProbeSettings } from "./command_line.ts";
import type { CompletionsSettings } from "./completions/completions_settings.ts";
import type { DoctorSettings } from "./doctor/doctor_settings.ts";
import { BatchProgress } from "./batch/batch_progress.ts";
import { usualLanes } from "./batch/lanes_for.ts";
import { sendFiles } from "./batch/send_files.ts";
import { IdentityFiles } from "./identity/identity_files.ts";
import { clientFolder } from "./plan/client_folder.ts";
import { makePlan } from "./plan/plan.ts";
import { lateAsker } from "./plan/late_asker.ts";
import { readPlainCommandLine } from "./plain_command_line.ts";
import { errorLine, givenUpLine, jsonOutcome, sentLine } from "./report.ts";
import type { ClientSettings } from "./send_settings.ts";
import { Introduction } from "./session/introduction.ts";
import { Session } from "./session/session.ts";
import { Screen } from "./terminal/screen.ts";

const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");
const colors = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");

/** Ends the program. Results that could not be written count, where nothing worse happened. */
function exit(code: number): never {
  if (stdout.fault === undefined) Deno.exit(code);
  stderr.write(`error: ${stdout.fault}\n`);
  Deno.exit(code === EXIT.sent ? EXIT.usage : code);
}

async function runProbe(settings: ProbeSettings, screen: Screen): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const detail = (line: string) => verbose && screen.line(line);
  const { probe } = await import("./probe/probe.ts");
  const { jsonProbe, probeText } = await import("./probe/probe_report.ts");
  const result = await probe({ ...settings, detail });
  const shown = { server: settings.server, program: BUILD.call };
  if (json) stdout.write(`${JSON.stringify(jsonProbe(result, shown))}\n`);
  else if (!quiet) stdout.write(probeText(result, shown));
  return EXIT.sent;
}

async function runDoctor(settings: DoctorSettings, screen: Screen): Promise<ExitCode> {
  const doctor = await import("./doctor/run_doctor.ts");
  return await doctor.runDoctor(settings, {
    program: BUILD.call,
    colors,
    write: (text) => stdout.write(text),
    detail: (line) => settings.verbose && screen.line(line),
  });
}

async function runCompletions(settings: CompletionsSettings): Promise<ExitCode> {
  const completions = await import("./completions/run_completions.ts");
  completions.runCompletions(settings, (text) => stdout.write(text));
  return EXIT.sent;
}

async function runSend(settings: ClientSettings, screen: Screen): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const folder = await clientFolder(settings.dir);
  const files = new IdentityFiles(folder);
  const identity = await files.load();
  if (settings.name !== undefined && identity !== undefined && identity.name !== settings.name) {
    throw localError(
      "bad-setting",
      `${quotedPath(files.path)} belongs to ${quoted(identity.name)}; leave --name out, or name ` +
        "another folder with --dir",
    );
  }
  const interactive = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() && !json;
  const asker = interactive
    ? lateAsker(async () => {
      const { terminalAsker } = await import("./plan/terminal_asker.ts");
      const terminal = {
        ask: (question: string, usual?: string) => prompt(question, usual),
        tell: (line: string) => screen.line(line),
      };
      return terminalAsker(terminal, { program: BUILD.call });
    })
    : undefined;
  const plan = await makePlan({ settings, folder, identity, asker });
  const server = formatAddress(plan.server);
  const witness = {
    trouble: (line: string) => screen.line(line),
    detail: (line: string) => verbose && screen.line(line),
  };
  const introduction = await Introduction.prepare({
    name: plan.name,
    identity,
    files,
    retries: settings.retries,
    compats: settings.compats,
    witness,
  });
  const session = new Session({ ...settings, server: plan.server, introduction, witness });
  const progress = new BatchProgress({ now: () => performance.now() });
  // Files that are given up because of an error share it with the one that it happened to.
  const told = new Set<ClientError>();
  let givenUp = 0;
  try {
    const outcomes = await sendFiles(plan.files, {
      session,
      parallel: settings.parallel ??
        usualLanes(navigator.hardwareConcurrency, { habits: settings.compats.size > 0 }),
      onLooked(files) {
        progress.begin(files);
        screen.begin();
      },
      onProgress: (file, sent) => screen.progress(progress.sent(file, sent)),
      onOutcome(outcome) {
        screen.clear();
        if (outcome.status === "sent") {
          progress.end(outcome.local);
          if (!json && !quiet) stdout.write(`${sentLine(outcome, server)}\n`);
        } else if (told.has(outcome.error)) {
          givenUp += 1;
        } else {
          told.add(outcome.error);
          screen.line(errorLine(outcome.error));
        }
      },
    });
    if (givenUp > 0) screen.line(givenUpLine(givenUp));
    if (json) {
      for (const outcome of outcomes) {
        stdout.write(`${JSON.stringify(jsonOutcome(outcome, server))}\n`);
      }
    }
    const first = outcomes.find((outcome) => outcome.status === "failed");
    return first?.error.exitCode ?? EXIT.sent;
  } finally {
    await session.close();
  }
}

/** Reads command lines that are not plain, and answers those that ask for help or are mistaken. */
async function readAnyCommandLine(): Promise<AnySettings> {
  const { readCommandLine } = await import("./command_line.ts");
  return readCommandLine(Deno.args, {
    env,
    program: BUILD.call,
    version: versionText(BUILD.source),
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
    colors,
    columns: Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined,
    onExit: exit,
  });
}

/** Does what a command is for. Only the code of that command is loaded, for a quick start. */
function run(settings: AnySettings, screen: Screen): Promise<ExitCode> {
  if (settings.command === "completions") return runCompletions(settings);
  if (settings.command === "doctor") return runDoctor(settings, screen);
  if (settings.command === "probe") return runProbe(settings, screen);
  return runSend(settings, screen);
}

const env = (name: string) => Deno.env.get(name);
const settings = readPlainCommandLine(Deno.args, env) ?? await readAnyCommandLine();
const screen = new Screen({
  write: (text) => stderr.write(text),
  columns: Deno.stderr.isTerminal() ? () => Deno.consoleSize().columns : undefined,
  quiet: settings.command === "completions" || settings.quiet,
  now: () => performance.now(),
});
try {
  exit(await run(settings, screen));
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  screen.line(errorLine(error));
  exit(error.exitCode);
}
