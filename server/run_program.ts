import type { Logger } from "@logtape/logtape";
import type { Clock } from "../shared/clock.ts";
import { type Display, displayOf, Output, withErrorColor } from "../shared/settings/output.ts";
import { UsageError } from "../shared/settings/read_settings.ts";
import { StandingError, standWhereTheUserDoes } from "../shared/settings/standing.ts";
import { RUN_FROM_SOURCE, versionText } from "../shared/version.ts";
import { readCommandLine, type ServerSettings } from "./settings/server_settings.ts";
import {
  addressesToListenOn,
  type OpenListener,
  openListeners,
} from "./listening/accepting/addresses.ts";
import { addressKey } from "./listening/admission/peer_addresses.ts";
import { ListenerError } from "./listening/accepting/listener.ts";
import { Counters } from "./observe/counters.ts";
import { openLog } from "./observe/log.ts";
import { LogWriter } from "./observe/log_writer.ts";
import { reportRecovery } from "./observe/report_recovery.ts";
import { openProtocol4, runServer, type ServerCounter } from "./run_server.ts";
import type { ServerIo } from "./server_io.ts";
import { readDatabasePassword } from "./settings/database_settings.ts";
import { readStoreKeys } from "./settings/bucket_settings.ts";
import { connectionsWithin } from "./settings/memory_bound.ts";
import { type IgnoredVariable, withoutServices } from "./settings/service_variables.ts";
import { StartupError } from "./settings/startup_error.ts";
import { SteadyClock } from "./steady_clock.ts";
import { stopSignal } from "./stop_signal.ts";
import { openServerStorage } from "./storage/open_storage.ts";
import { StorageError } from "./storage/storage_error.ts";
import type { WebServer, WebServerCounter } from "./web/web_server.ts";
import { messageOf } from "../shared/text/quoted.ts";

/**
 * The server as a function of its arguments and environment: reads settings, opens storage and
 * listeners, and runs until a signal. Returns the exit code.
 */
export async function runProgram(args: readonly string[], io: ServerIo): Promise<number> {
  const stdout = new Output(io.stdout, "standard output");
  const stderr = new Output(io.stderr, "standard error");
  const errors = displayOf(io.stderr, io.env);
  const fail = (message: string, code = 2): number => {
    stderr.write(withErrorColor(`error: ${message}\n`, errors.colors));
    return code;
  };
  try {
    const ignored: IgnoredVariable[] = [];
    const env = withoutServices(io.env, (variable) => ignored.push(variable));
    const outputs = { io: { ...io, env }, stdout, stderr, errors };
    const settings = settingsFrom(args, outputs);
    if (settings !== undefined) await run(settings, { ...outputs, ignored });
    else if (stdout.fault !== undefined) return fail(stdout.fault);
    return 0;
  } catch (error) {
    if (error instanceof ListenerError) return fail(error.message, 1);
    const known = [UsageError, StandingError, StartupError, StorageError]
      .some((kind) => error instanceof kind);
    if (!(error instanceof Error) || !known) throw error;
    return fail(error.message);
  }
}

/** All that a running server counts. */
type ProgramCounter =
  | ServerCounter
  | WebServerCounter
  | "log-lines-dropped"
  | "database-gone"
  | "database-failed"
  | "database-lost"
  | "checkpoints-failed"
  | "sweeps-failed"
  | "store-failures";

interface Outputs {
  readonly io: ServerIo;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The display for standard error. */
  readonly errors: Display;
}

/** Returns undefined if the command line asked for help or the version, which has been printed. */
function settingsFrom(
  given: readonly string[],
  { io, stdout }: Outputs,
): ServerSettings | undefined {
  const { args, home } = standWhereTheUserDoes(given, io);
  return readCommandLine(args, {
    home,
    env: io.env,
    version: versionText(RUN_FROM_SOURCE),
    stdout: (text) => stdout.write(text),
    colors: displayOf(io.stdout, io.env).colors,
    columns: io.stdout.isTerminal() ? io.columns() : undefined,
  });
}

async function run(
  settings: ServerSettings,
  { io: systemIo, stdout, errors, ignored }: Outputs & {
    readonly ignored: readonly IgnoredVariable[];
  },
): Promise<void> {
  using clock = new SteadyClock(systemIo.clock);
  const io = { ...systemIo, clock };
  // Before anything that takes time: process 1 ignores signals without a handler.
  const stopping = stopSignal(systemIo);
  const counters = new Counters<ProgramCounter>();
  await using writer: LogWriter = new LogWriter(io.stderr, {
    clock: io.clock,
    onDropped: () => counters.add("log-lines-dropped"),
    onResumed: (count) =>
      log.warn("Dropped {count} lines of the log, which nobody took", { count }),
  });
  const log = await openLog({
    clock: io.clock,
    level: settings.logLevel,
    format: settings.logFormat,
    colors: errors.colors,
    addressKey,
    write: (line) => writer.write(line),
  });
  for (const { variable, value } of ignored) {
    log.warn(
      "Ignored {variable}={value}, which Kubernetes sets for a service of that name; set " +
        "enableServiceLinks: false, or name the port with --port",
      { variable, value },
    );
  }
  // Otherwise, writing a file beyond the system's size limit would end the process.
  io.onSignal("SIGXFSZ", () => {});
  const { storePlace: place, storeTimeout: tryTime, spool, garbageTime } = settings;
  const onStoreTrouble = ({ message, reason }: StorageError, failures: number) => {
    counters.add("store-failures", failures);
    log.error("The store failed ({reason}): {detail}", { reason, detail: message });
  };
  const opening = openServerStorage({
    ...settings,
    bucket: place && {
      ...{ place, spool, garbageTime, tryTime, onTrouble: onStoreTrouble },
      keys: await readStoreKeys(settings.storeKeys, io.env),
    },
    password: await readDatabasePassword(settings.databasePasswordFile, io.env),
    clock: io.clock,
    warn: (notice) => log.warn("{notice}", { notice }),
    onTrouble: (error, count) => {
      const detail = messageOf(error);
      log.error("Could not sync {count} files; the next start puts them right: {detail}", {
        count,
        detail,
      });
    },
    onDatabaseFailed({ reason, message }) {
      counters.add(reason === "database-gone" ? reason : "database-failed");
      log.error("Nothing is stored any more until the server is restarted: {detail}", {
        detail: message,
      });
    },
    onDatabaseLost({ message }) {
      counters.add("database-lost");
      log.warn("Nothing is stored until the database has a sign of life again: {detail}", {
        detail: message,
      });
    },
    awaited: {
      stopping,
      onAwaited: ({ message }, milliseconds) =>
        log.warn("Tries again for {seconds} s: {detail}", {
          seconds: Math.round(milliseconds / 1_000),
          detail: message,
        }),
    },
    onSweepTrouble: (error) => {
      counters.add("sweeps-failed");
      log.error("Could not remove what is not needed any more; it is tried again: {detail}", {
        detail: messageOf(error),
      });
    },
    onLogNotCopied({ message }) {
      counters.add("checkpoints-failed");
      log.error("The log of the database could not be copied into it, and grows: {detail}", {
        detail: message,
      });
    },
  });
  await using storage = await opening.catch((error: unknown) => {
    // The server was stopped while it waited for its database or bucket: that is no error.
    if (stopping.aborted && error instanceof StorageError) return undefined;
    throw error;
  });
  if (storage === undefined) return;
  const fileSize = await storage.largestFile(settings.maxFileSize);
  if (fileSize < settings.maxFileSize) {
    log.warn("The system allows files of up to {size} bytes (ulimit -f): larger ones are refused", {
      size: fileSize,
    });
  }
  const listeners = openListeners(await addressesToListenOn(settings, log), settings.revision, {
    protocols: settings.protocols,
  });
  const four = await openProtocol4(listeners, { ...settings, shared: storage.shared }).catch(
    (error: unknown) => {
      for (const { listener } of listeners) listener.close();
      throw error;
    },
  );

  await using web = await openWeb(settings, {
    ...{ listeners, log, counters, clock: io.clock },
    addressAt: four?.addressAt,
  });

  for (const address of listeners.flatMap(({ addresses }) => addresses)) {
    stdout.write(`listening on ${address}\n`);
  }
  if (web !== undefined) stdout.write(`downloads on http://${web.address}/\n`);
  for (const address of four?.addresses ?? []) stdout.write(`${address}\n`);
  // A program that started the server would wait for the address for ever.
  if (stdout.fault !== undefined) throw new StartupError(stdout.fault);
  const connections = Math.min(settings.connections, connectionsWithin(settings.memory));
  if (connections < settings.connections) {
    log.info("Takes up to {connections} connections, as --max-memory allows", { connections });
  }
  const limits = { ...settings, fileSize, connections };
  const ended = new AbortController();
  const stop = AbortSignal.any([stopping, ended.signal]);
  const recovering = reportRecovery(storage.committer.recover(stop), log);
  // A large database is checked while it is in use; the server stops if it is damaged.
  const checking = storage.catalog.check(stop).catch((error: unknown) => {
    ended.abort();
    return { error };
  });
  try {
    await runServer({
      ...storage,
      ...settings,
      keepUnverified: settings.keepUnverified === "yes",
      limits,
      listeners,
      log,
      counters,
      clock: io.clock,
      stopping: stop,
      ...(web !== undefined && { others: [web] }),
      ...(four !== undefined && {
        protocol4: {
          ...{ ...storage, ...settings, ...four },
          onRenewal: (renew: () => void) => io.onSignal("SIGHUP", renew),
        },
      }),
    });
  } finally {
    ended.abort();
    await recovering;
  }
  const damage = await checking;
  if (damage !== undefined) throw damage.error;
}

/** Opens the page that offers the client, if it is configured. Only then is its code loaded. */
async function openWeb(
  { http, downloads, title, notice }: ServerSettings,
  { listeners, ...services }: {
    readonly listeners: readonly OpenListener[];
    readonly addressAt: ((host: string) => string) | undefined;
    readonly log: Logger;
    readonly counters: Counters<WebServerCounter>;
    readonly clock: Clock;
  },
): Promise<WebServer | undefined> {
  if (http === undefined) {
    const [[flag] = []] = Object.entries({ downloads, title, notice })
      .filter(([, value]) => value !== undefined);
    if (flag === undefined) return undefined;
    throw new StartupError(`--${flag} is for a page, and there is none; give --http with it`);
  }
  const { WebServer } = await import("./web/web_server.ts");
  const protocolPort = listeners[0]?.listener.addr.port ?? 0;
  return await WebServer.open({
    address: http,
    downloads,
    protocolPort,
    heading: { title, notice },
    ...services,
  });
}
