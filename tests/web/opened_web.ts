/** The page that offers the client, in the process of a test. */

import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { WebCounter } from "../../server/web/web_app.ts";
import type { PageHeading } from "../../server/web/page/page_heading.ts";
import { type WebLimits, WebServer } from "../../server/web/web_server.ts";
import { type ReleasedFile, writeRelease, writeReleased, writeSums } from "./release.ts";
import { type LoggedLine, recordedLog } from "../peers/test_services.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

/** A web server that offers a release; disposing of it stops it. */
export interface OpenedWeb extends AsyncDisposable {
  /** `HOST:PORT`. */
  readonly address: string;
  /** The folder of the release. */
  readonly folder: string;
  readonly files: readonly ReleasedFile[];
  readonly counters: Counters<WebCounter>;
  readonly lines: readonly LoggedLine[];
  /** Takes no more connections; with `atOnce` it ends those that there are. Resolves at the end. */
  stop(how?: "atOnce"): Promise<void>;
}

/** How to open one. */
export interface OpenWebOptions extends Partial<WebLimits> {
  /** Bytes of a further executable, of a newer version for x86-64 Linux. Default: there is none. */
  readonly large?: number;
  /** What the operator says on the page. Default: nothing. */
  readonly heading?: PageHeading;
}

/** Opens one on a free port of loopback. */
export async function openWeb(
  { large, heading, ...limits }: OpenWebOptions = {},
): Promise<OpenedWeb> {
  const folder = await temporaryFolder();
  const files = [...await writeRelease(folder.path)];
  if (large !== undefined) {
    const name = "sealpost-9.0.0-x86_64-unknown-linux-gnu";
    files.unshift(await writeReleased(folder.path, name, new Uint8Array(large)));
    await writeSums(folder.path, files);
  }
  const { log, lines } = await recordedLog();
  const counters = new Counters<WebCounter>();
  const web = await WebServer.open({
    address: { host: "127.0.0.1", port: 0 },
    downloads: folder.path,
    protocolPort: 1256,
    clock: SYSTEM_CLOCK,
    ...(heading !== undefined && { heading }),
    log,
    counters,
    limits,
  });
  const stopping = new AbortController();
  const ending = new AbortController();
  const served = web.served({ stopping: stopping.signal, ending: ending.signal });
  const stop = (how?: "atOnce") => {
    stopping.abort();
    if (how === "atOnce") ending.abort();
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
