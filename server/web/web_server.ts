import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { runtimeRefusal } from "../../shared/text/runtime_refusal.ts";
import { messageOf } from "../../shared/text/message_of.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { type BrowserLimits, limitBrowsers } from "./browser_connections.ts";
import { ReleaseFolder } from "./downloads/release_folder.ts";
import type { Counters } from "../observe/counters.ts";
import { StartupError } from "../settings/startup_error.ts";
import { NO_HEADING, type PageHeading } from "./page/page_heading.ts";
import { readPageTexts } from "./page_texts.ts";
import { webApp, type WebCounter } from "./web_app.ts";

/**
 * Limits for browsers. A page takes one or two requests and a download one more, so these are
 * ample, and leave descriptors for clients that send files.
 */
export interface WebLimits extends BrowserLimits {
  /** Milliseconds for the head of a request. */
  readonly headTime: number;
  /** Milliseconds for a whole request. */
  readonly requestTime: number;
  /** Milliseconds between two requests. */
  readonly keepAliveTime: number;
  /** Milliseconds in which the client receives nothing of a response. */
  readonly stallTime: number;
}

const LIMITS: WebLimits = {
  connections: 256,
  connectionsPerAddress: 32,
  headTime: 10_000,
  requestTime: 20_000,
  keepAliveTime: 5_000,
  stallTime: 60_000,
};

export interface WebServerOptions {
  /** Where to listen; port 0 takes a free one. */
  readonly address: { readonly host: string; readonly port: number };
  /** The folder of releases to offer; undefined for none. */
  readonly downloads: string | undefined;
  /** The port that clients send files to. */
  readonly protocolPort: number;
  /** The operator's texts on the page. Default: none. */
  readonly heading?: PageHeading;
  readonly log: Logger;
  readonly counters: Counters<WebCounter>;
  readonly clock: Clock;
  /** Default: the limits above. */
  readonly limits?: Partial<WebLimits>;
}

/** Serves the page that offers the client, on its own port, as soon as it is open. */
export class WebServer {
  readonly #server: Server;
  readonly #releases: ReleaseFolder | undefined;
  /** The actual `HOST:PORT`. */
  readonly address: string;

  private constructor(server: Server, releases: ReleaseFolder | undefined) {
    this.#server = server;
    this.#releases = releases;
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("Unreachable: not bound");
    this.address = formatAddress({ host: bound.address, port: bound.port });
  }

  /** Opens the port. Throws a `StartupError` that says what to do if that fails. */
  static async open(options: WebServerOptions): Promise<WebServer> {
    const { address, downloads, protocolPort, heading = NO_HEADING, log, counters, clock } =
      options;
    const releases = downloads === undefined
      ? undefined
      : await openReleases(downloads, { log, clock });
    const texts = await readPageTexts();
    const app = webApp({ releases, protocolPort, heading, texts, log, counters });
    const limits = { ...LIMITS, ...options.limits };
    const server = createServer({
      headersTimeout: limits.headTime,
      requestTimeout: limits.requestTime,
      keepAliveTimeout: limits.keepAliveTime,
      connectionsCheckingInterval: Math.min(1_000, limits.headTime),
    }, getRequestListener(app.fetch, { overrideGlobalObjects: false }));
    // A browser that receives nothing for so long is not expected to go on.
    server.timeout = limits.stallTime;
    limitBrowsers(server, limits, { log, counters, clock });
    await listen(server, address);
    if (releases !== undefined && downloads !== undefined) announce(releases, downloads, log);
    return new WebServer(server, releases);
  }

  /**
   * Resolves when the server has stopped. At `stopping` it accepts no more connections and lets
   * running responses finish; at `ending` it aborts them.
   */
  async served(
    { stopping, ending }: { readonly stopping: AbortSignal; readonly ending: AbortSignal },
  ): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.once("close", () => resolve()));
    whenAborted(stopping, () => {
      this.#server.close();
      this.#server.closeIdleConnections();
    });
    whenAborted(ending, () => this.#server.closeAllConnections());
    await closed;
    await this.#releases?.[Symbol.asyncDispose]();
  }
}

async function openReleases(
  folder: string,
  { log, clock }: Pick<WebServerOptions, "log" | "clock">,
): Promise<ReleaseFolder> {
  const shown = JSON.stringify(folder);
  const another = "name another one with --downloads";
  let isFolder: boolean;
  try {
    isFolder = (await Deno.stat(folder)).isDirectory;
  } catch (error) {
    const fault = error instanceof Deno.errors.NotFound
      ? `There is no folder ${shown} to offer downloads from; make it, or`
      : `Cannot look at ${shown} (${runtimeRefusal(error) ?? messageOf(error)});`;
    throw new StartupError(`${fault} ${another}`, { cause: error });
  }
  if (!isFolder) throw new StartupError(`${shown} is not a folder; ${another}`);
  return new ReleaseFolder(folder, { log, clock });
}

/**
 * Logs the offer as soon as it is known. Not awaited at the start: digests of many large files take
 * long, and the server can receive files meanwhile.
 */
function announce(releases: ReleaseFolder, folder: string, log: Logger): void {
  releases.offer().then(({ version, files }) => {
    if (version === undefined) log.warn("Nothing in {folder} can be offered", { folder });
    else {log.info("Offering {count} files, up to version {version}", {
        count: files.size,
        version,
      });}
  }, (error) => log.error("Cannot look at {folder}: {detail}", { folder, detail: String(error) }));
}

/** Opens the port; throws a `StartupError` if that fails. */
async function listen(
  server: Server,
  { host, port }: WebServerOptions["address"],
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, resolve);
  try {
    await promise;
    server.off("error", reject);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const why = code === "EADDRINUSE"
      ? "the port is in use; end the program that uses it, or choose another (0 takes a free one)"
      : code === "EACCES"
      ? "not permitted; choose a port above 1023"
      : ["EADDRNOTAVAIL", "EINVAL", "ENOTFOUND"].includes(String(code))
      ? "this machine has no such address; choose one of its own"
      : `${messageOf(error)}; choose another address`;
    throw new StartupError(
      `Cannot listen on ${formatAddress({ host, port })} for --http: ${why}`,
      { cause: error },
    );
  }
}

function whenAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener("abort", act, { once: true });
}
