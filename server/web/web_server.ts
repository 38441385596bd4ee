import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../shared/clock.ts";
import { messageOf, runtimeRefusal } from "../../shared/text/quoted.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { close } from "../listening/deadlines/deadline.ts";
import { InnerServer, type InnerServerCounter } from "../listening/piping/inner_server.ts";
import type { Protocol } from "../listening/protocol_connection.ts";
import type { ServedListener } from "../listening/serve_listeners.ts";
import { ReleaseFolder } from "./downloads/release_folder.ts";
import type { Counters } from "../observe/counters.ts";
import { StartupError } from "../settings/startup_error.ts";
import { NO_HEADING, type PageHeading } from "./page/download_page.tsx";
import { readPageTexts, webApp, type WebCounter } from "./web_app.ts";

/** Milliseconds between two requests of a browser: a page takes one or two, and a download one. */
const REST_TIME = 5_000;

/** What the page and its connections count. */
export type WebServerCounter = WebCounter | InnerServerCounter;

export interface WebServerOptions {
  /** Where to listen; port 0 takes a free one. */
  readonly address: { readonly host: string; readonly port: number };
  /** The folder of releases to offer; undefined for none. */
  readonly downloads: string | undefined;
  /** The port that clients send files to. */
  readonly protocolPort: number;
  /** See `WebAppOptions.addressAt`. */
  readonly addressAt?: ((host: string) => string) | undefined;
  /** The operator's texts on the page. Default: none. */
  readonly heading?: PageHeading;
  readonly log: Logger;
  readonly counters: Counters<WebServerCounter>;
  readonly clock: Clock;
}

/** The page that offers the client, on a port of its own; to be served with other listeners. */
export class WebServer implements ServedListener, AsyncDisposable {
  readonly listener: Deno.TcpListener;
  /** The actual `HOST:PORT`. */
  readonly address: string;
  readonly #inner: InnerServer;
  readonly #releases: ReleaseFolder | undefined;

  private constructor({ listener, inner, releases }: {
    readonly listener: Deno.TcpListener;
    readonly inner: InnerServer;
    readonly releases: ReleaseFolder | undefined;
  }) {
    this.listener = listener;
    this.#inner = inner;
    this.#releases = releases;
    const { hostname: host, port } = listener.addr;
    this.address = formatAddress({ host, port });
  }

  /** Opens the port. Throws a `StartupError` that says what to do if that fails. */
  static async open(options: WebServerOptions): Promise<WebServer> {
    const {
      address,
      downloads,
      protocolPort,
      addressAt,
      heading = NO_HEADING,
      log,
      counters,
      clock,
    } = options;
    const releases = downloads === undefined
      ? undefined
      : await openReleases(downloads, { log, clock });
    const texts = await readPageTexts();
    const app = webApp({ releases, protocolPort, addressAt, heading, texts, log, counters });
    const listener = listen(address);
    const inner = InnerServer.open({
      ...{ restTime: REST_TIME, log, counters, clock },
      handler: (request, peer) => app.fetch(request, { peer }),
    });
    if (releases !== undefined && downloads !== undefined) announce(releases, downloads, log);
    return new WebServer({ listener, inner, releases });
  }

  get protocol(): Protocol {
    return this.#inner.protocol;
  }

  /** Closes all of it; to be called when no connection is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    close(this.listener);
    await this.#inner[Symbol.asyncDispose]();
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
function listen({ host, port }: WebServerOptions["address"]): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port });
  } catch (error) {
    const { AddrInUse, PermissionDenied, AddrNotAvailable } = Deno.errors;
    const why = error instanceof AddrInUse
      ? "the port is in use; end the program that uses it, or choose another (0 takes a free one)"
      : error instanceof PermissionDenied
      ? "not permitted; choose a port above 1023"
      : error instanceof AddrNotAvailable || /lookup|resolve/.test(messageOf(error))
      ? "this machine has no such address; choose one of its own"
      : `${messageOf(error)}; choose another address`;
    throw new StartupError(
      `Cannot listen on ${formatAddress({ host, port })} for --http: ${why}`,
      { cause: error },
    );
  }
}
