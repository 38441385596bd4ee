/**
 * The client as a program: reads settings, makes a plan, sends files, reports. The only place where
 * its parts are put together.
 */
import { dirname, join } from "node:path";
import { formatAddress } from "../shared/files/address.ts";
import { VERSION } from "../shared/version.ts";
import { ClientError, EXIT, type ExitCode, localError } from "./client_error.ts";
import { type ClientSettings, readCommandLine } from "./command_line.ts";
import { IdentityFiles } from "./identity/identity_files.ts";
import { makePlan } from "./plan/plan.ts";
import { terminalAsker } from "./plan/terminal_asker.ts";
import { jsonOutcome, sentLine } from "./report.ts";
import { sendFiles } from "./send_files.ts";
import { Introduction } from "./session/introduction.ts";
import { Session } from "./session/session.ts";
import { Screen } from "./terminal/screen.ts";

const encoder = new TextEncoder();

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  for (let rest = encoder.encode(text); rest.byteLength > 0;) {
    rest = rest.subarray(stream.writeSync(rest));
  }
}

/** The folder of `transfer.info`: a compiled client without one there looks beside itself. */
async function folderOf({ dir }: ClientSettings): Promise<string> {
  if (dir !== undefined) return dir;
  const beside = dirname(Deno.execPath());
  const has = (folder: string) =>
    Deno.lstat(join(folder, "transfer.info")).then(() => true, () => false);
  return Deno.build.standalone && !await has(".") && await has(beside) ? beside : ".";
}

async function run(settings: ClientSettings, screen: Screen): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const folder = await folderOf(settings);
  const files = new IdentityFiles(folder);
  const identity = await files.load();
  if (settings.name !== undefined && identity !== undefined && identity.name !== settings.name) {
    throw localError(
      "bad-setting",
      `${JSON.stringify(files.path)} belongs to ${JSON.stringify(identity.name)}; leave --name ` +
        "out, or name another folder with --dir",
    );
  }
  const interactive = Deno.stdin.isTerminal() && Deno.stdout.isTerminal() && !json;
  const asker = interactive ? terminalAsker : undefined;
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
    witness,
  });
  const session = new Session({ ...settings, server: plan.server, introduction, witness });
  try {
    const outcomes = await sendFiles(plan.files, {
      session,
      onBegin: () => screen.begin(),
      onProgress: ({ name, size }, sent, elapsed) =>
        screen.progress({ name, sent, total: size, elapsed }),
      onOutcome(outcome) {
        screen.clear();
        if (outcome.status === "failed") screen.line(errorLine(outcome.error));
        else if (!json && !quiet) write(Deno.stdout, `${sentLine(outcome, server)}\n`);
      },
    });
    if (json) {
      for (const outcome of outcomes) {
        write(Deno.stdout, `${JSON.stringify(jsonOutcome(outcome, server))}\n`);
      }
    }
    const first = outcomes.find((outcome) => outcome.status === "failed");
    return first?.error.exitCode ?? EXIT.sent;
  } finally {
    await session.close();
  }
}

function errorLine({ message, exitCode }: ClientError): string {
  return `${exitCode === EXIT.usage ? "error" : "Fatal"}: ${message}`;
}

const settings = readCommandLine(Deno.args, {
  env: (name) => Deno.env.get(name),
  version: VERSION,
  colors: Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR"),
  onExit: (code) => Deno.exit(code),
});
const screen = new Screen({
  write: (text) => write(Deno.stderr, text),
  columns: Deno.stderr.isTerminal() ? () => Deno.consoleSize().columns : undefined,
  quiet: settings.quiet,
  now: () => performance.now(),
});
try {
  Deno.exit(await run(settings, screen));
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  screen.line(errorLine(error));
  Deno.exit(error.exitCode);
}
