/**
 * The server as a program: reads settings, opens storage and listeners, runs until a signal. The only
 * place where its parts are put together.
 */
import type { Logger } from "@logtape/logtape";
import { Output } from "../shared/command_line/output.ts";
import { RUN_FROM_SOURCE, versionText } from "../shared/version.ts";
import { readCommandLine, type ServerSettings } from "./command_line.ts";
import { addressesToListenOn, type OpenListener, openListeners } from "./network/addresses.ts";
import { Counters } from "./observe/counters.ts";
import { openLog } from "./observe/log.ts";
import { recoverStorage, runServer } from "./server.ts";
import { StartupError } from "./startup_error.ts";
import { openStorage } from "./storage/open_storage.ts";
import { StorageError } from "./storage/storage_error.ts";
import type { WebServer } from "./web/web_server.ts";

const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");
const wantsColors = !Deno.env.get("NO_COLOR");

async function run(settings: ServerSettings): Promise<void> {
  const log = await openLog({
    level: settings.logLevel,
    format: settings.logFormat,
    colors: wantsColors && Deno.stderr.isTerminal(),
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
    if (stopping.signal.aborted) Deno.exit(code);
    stopping.abort();
  };
  // By the habit of shells, a program that a signal ended exits with 128 plus its number.
  Deno.addSignalListener("SIGINT", onSignal(130));
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal(143));

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

function fail(message: string): never {
  stderr.write(`error: ${message}\n`);
  Deno.exit(2);
}

const settings = readCommandLine(Deno.args, {
  env: (name) => Deno.env.get(name),
  version: versionText(RUN_FROM_SOURCE),
  stdout: (text) => stdout.write(text),
  stderr: (text) => stderr.write(text),
  colors: wantsColors && Deno.stdout.isTerminal(),
  columns: Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined,
  onExit: (code) => stdout.fault === undefined ? Deno.exit(code) : fail(stdout.fault),
});
try {
  await run(settings);
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof StartupError || error instanceof StorageError)) throw error;
  fail(error.message);
}
