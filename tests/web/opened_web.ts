/** The page that offers the client, in the process of a test. */

import { temporaryFolder } from "../peers/temporary_folder.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { PageHeading } from "../../server/web/page/download_page.tsx";
import { WebServer, type WebServerCounter } from "../../server/web/web_server.ts";
import { type ListeningCounter, serveListeners } from "../../server/listening/serve_listeners.ts";
import type { Limits } from "../../server/settings/limit_settings.ts";
import { type ReleasedFile, writeRelease, writeSums, writeZeros } from "./release.ts";
import { LIMITS, type LoggedLine, recordedLog } from "../peers/test_services.ts";
import type { Clock } from "../../shared/clock.ts";
import { LenientClock } from "../peers/lenient_clock.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

/** Milliseconds: longer than any test. */
const HOUR = 3_600_000;

/** A web server that offers a release; disposing of it stops it. */
export interface OpenedWeb extends AsyncDisposable {
  /** `HOST:PORT`. */
  readonly address: string;
  /** The folder of the release. */
  readonly folder: string;
  readonly files: readonly ReleasedFile[];
  readonly counters: Counters<ListeningCounter | WebServerCounter>;
  readonly lines: readonly LoggedLine[];
  /** Takes no more connections; with `atOnce` it ends those that there are. Resolves at the end. */
  stop(how?: "atOnce"): Promise<void>;
}

/** How to open one. */
export interface OpenWebOptions extends Partial<Limits> {
  /** Bytes of a further executable, of a newer version for x86-64 Linux. Default: there is none. */
  readonly large?: number;
  /** Offers no files. */
  readonly downloads?: "none";
  /** The address for protocol 4 at a host. Default: it does not speak that. */
  readonly addressAt?: (host: string) => string;
  /** What the operator says on the page. Default: nothing. */
  readonly heading?: PageHeading;
  /** The clock of limits. Default: one that no busy machine cuts short. */
  readonly clock?: Clock;
}

/** Opens one on a free port of loopback. */
export async function openWeb(
  { large, heading, addressAt, downloads, clock = new LenientClock(SYSTEM_CLOCK), ...limits }:
    OpenWebOptions = {},
): Promise<OpenedWeb> {
  const folder = await temporaryFolder();
  const files = [...await writeRelease(folder.path)];
  if (large !== undefined) {
    const name = "sealpost-9.0.0-x86_64-unknown-linux-gnu";
    files.unshift(await writeZeros(folder.path, name, large));
    await writeSums(folder.path, files);
  }
  const { log, lines } = await recordedLog();
  const counters = new Counters<ListeningCounter | WebServerCounter>();
  const web = await WebServer.open({
    address: { host: "127.0.0.1", port: 0 },
    downloads: downloads === "none" ? undefined : folder.path,
    protocolPort: 1256,
    clock,
    addressAt,
    ...(heading !== undefined && { heading }),
    log,
    counters,
  });
  const stopping = new AbortController();
  let grace = HOUR;
  const served = serveListeners([web], {
    ...{ limits: { ...LIMITS, ...limits }, log, counters, clock, stopping: stopping.signal },
    get grace() {
      return grace;
    },
  }).finally(() => web[Symbol.asyncDispose]());
  const stop = (how?: "atOnce") => {
    if (how === "atOnce") grace = 0;
    stopping.abort();
    return served;
  };
  return {
    address: web.address,
    folder: folder.path,
    files,
    counters,
    lines,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("atOnce");
      await folder[Symbol.asyncDispose]();
    },
  };
}
