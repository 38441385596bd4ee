/**
 * The server as a program: reads settings, opens storage and listeners, runs until a signal. The only
 * place where its parts are put together.
 */
import { VERSION } from "../shared/version.ts";
import { readCommandLine, type ServerSettings } from "./command_line.ts";
import { addressesToListenOn, openListeners } from "./network/addresses.ts";
import { openLog } from "./observe/log.ts";
import { recoverStorage, runServer } from "./server.ts";
import { StartupError } from "./startup_error.ts";
import { openStorage } from "./storage/open_storage.ts";
import { StorageError } from "./storage/storage_error.ts";

const encoder = new TextEncoder();
const colors = Deno.stderr.isTerminal() && !Deno.env.get("NO_COLOR");

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  for (let rest = encoder.encode(text); rest.byteLength > 0;) {
    rest = rest.subarray(stream.writeSync(rest));
  }
}

async function run(settings: ServerSettings): Promise<void> {
  const log = await openLog({
    level: settings.logLevel,
    format: settings.logFormat,
    colors,
    write: (line) => write(Deno.stderr, line),
  });
  await using storage = await openStorage(settings);
  await recoverStorage(storage, log);
  const listeners = openListeners(await addressesToListenOn(settings, log), settings.revision);

  const stopping = new AbortController();
  const onSignal = (code: number) => () => {
    if (stopping.signal.aborted) Deno.exit(code);
    stopping.abort();
  };
  // By the habit of shells, a program that a signal ended exits with 128 plus its number.
  Deno.addSignalListener("SIGINT", onSignal(130));
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", onSignal(143));

  for (const { address } of listeners) write(Deno.stdout, `listening on ${address}\n`);
  await runServer({ ...storage, ...settings, listeners, log, stopping: stopping.signal });
}

const settings = readCommandLine(Deno.args, {
  env: (name) => Deno.env.get(name),
  version: VERSION,
  colors: Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR"),
  onExit: (code) => Deno.exit(code),
});
try {
  await run(settings);
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof StartupError || error instanceof StorageError)) throw error;
  write(Deno.stderr, `error: ${error.message}\n`);
  Deno.exit(2);
}
