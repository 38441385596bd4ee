import type { Logger } from "@logtape/logtape";
import { Output } from "../shared/command_line/output.ts";
import { ProgramEnd } from "../shared/command_line/program_end.ts";
import { RUN_FROM_SOURCE, versionText } from "../shared/version.ts";
import { readCommandLine, type ServerSettings } from "./command_line.ts";
import { addressesToListenOn, type OpenListener, openListeners } from "./network/addresses.ts";
import { Counters } from "./observe/counters.ts";
import { openLog } from "./observe/log.ts";
import { recoverStorage, runServer } from "./server.ts";
import type { ServerIo } from "./server_io.ts";
import { StartupError } from "./startup_error.ts";
import { openStorage } from "./storage/open_storage.ts";
import { StorageError } from "./storage/storage_error.ts";
import type { WebServer } from "./web/web_server.ts";

/**
 * The server as a function of its arguments and what it runs in: reads settings, opens storage and
 * listeners, runs until a signal; the code to exit with.
 */
export async function runProgram(args: readonly string[], io: ServerIo): Promise<number> {
  const stdout = new Output(io.stdout, "standard output");
  const stderr = new Output(io.stderr, "standard error");
  try {
    await run(readSettings(args, { io, stdout, stderr }), { io, stdout, stderr });
    return 0;
  } catch (error) {
    if (error instanceof ProgramEnd) {
      if (stdout.fault === undefined) return error.code;
      stderr.write(`error: ${stdout.fault}\n`);
      return 2;
    }
    if (!(error instanceof StartupError || error instanceof StorageError)) throw error;
    stderr.write(`error: ${error.message}\n`);
    return 2;
  }
}

interface Outputs {
  readonly io: ServerIo;
  readonly stdout: Output;
  readonly stderr: Output;
}

function readSettings(
  args: readonly string[],
  { io, stdout, stderr }: Outputs,
): ServerSettings {
  return readCommandLine(args, {
    env: io.env,
    version: versionText(RUN_FROM_SOURCE),
    stdout: (text) => stdout.write(text),
    stderr: (text) => stderr.write(text),
    colors: !io.env("NO_COLOR") && io.stdout.isTerminal(),
    columns: io.stdout.isTerminal() ? io.columns() : undefined,
    onExit: (code) => {
      throw new ProgramEnd(code);
    },
  });
}

async function run(settings: ServerSettings, { io, stdout, stderr }: Outputs): Promise<void> {
  const log = await openLog({
    level: settings.logLevel,
    format: settings.logFormat,
    colors: !io.env("NO_COLOR") && io.stderr.isTerminal(),
    write: (line) => stderr.write(line),
  });
  await using storage = await openStorage({
    ...settings,
    onTrouble: (error, count) => {
      const detail = error instanceof Error ? error.message : String(error);
      log.error("Could not sync {count} files; the next start puts them right: {detail}", {
        count,
        detail,
      });
    },
  });
  await recoverStorage(storage, log);
  const listeners = openListeners(await addressesToListenOn(settings, log), settings.revision);

  const counters = new Counters();
  const web = await openWeb(settings, { listeners, log, counters });

  const stopping = new AbortController();
  const onSignal = (code: number) => () => {
    if (stopping.signal.aborted) io.exit(code);
    stopping.abort();
  };
  // By the habit of shells, a program that a signal ended exits with 128 plus its number.
  io.onSignal("SIGINT", onSignal(130));
  io.onSignal("SIGTERM", onSignal(143));

  for (const { address } of listeners) stdout.write(`listening on ${address}\n`);
  if (web !== undefined) stdout.write(`downloads on http://${web.address}/\n`);
  // Whoever started a server that cannot tell its address would wait for it.
  if (stdout.fault !== undefined) throw new StartupError(stdout.fault);
  const limits = { ...settings, fileSize: settings.maxFileSize };
  await runServer({
    ...storage,
    ...settings,
    limits,
    listeners,
    log,
    counters,
    stopping: stopping.signal,
    ...(web === undefined ? {} : { beside: (signals) => web.served(signals) }),
  });
}

/** Opens the page that offers the client, where it is wanted. Only then its code is loaded. */
async function openWeb(
  { http, downloads }: ServerSettings,
  { listeners, ...services }: {
    readonly listeners: readonly OpenListener[];
    readonly log: Logger;
    readonly counters: Counters;
  },
): Promise<WebServer | undefined> {
  if (http === undefined) {
    if (downloads === undefined) return undefined;
    throw new StartupError("Nobody could download anything; give --http with --downloads");
  }
  const { WebServer } = await import("./web/web_server.ts");
  const protocolPort = listeners[0]?.listener.addr.port ?? 0;
  return await WebServer.open({ address: http, downloads, protocolPort, ...services });
}
