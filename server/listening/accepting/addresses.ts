import type { Logger } from "@logtape/logtape";
import type { RevisionName } from "../../../shared/settings/kind.ts";
import { formatAddress, parsePort } from "../../../shared/text/address.ts";
import { messageOf, runtimeRefusal } from "../../../shared/text/quoted.ts";
import { decodeText, TextFileError } from "../../../shared/text/text.ts";
import {
  EVERY_ADDRESS,
  type ListenSetting,
  type ProtocolsChoice,
} from "../../settings/listen_setting.ts";
import type { ServerSettings } from "../../settings/server_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { type HostsListener, type Listen, listenOnEveryAddress } from "./every_address.ts";

/** The port without a usable `port.info`: that of revisions 2024a and 2024c, and of the project. */
export const DEFAULT_PORT: number = 1256;

/**
 * Parses a `port.info`, 1 to 65535. The file contains only the port; spaces and empty lines around
 * it are ignored. `bytes` is the content of the file and is not changed.
 *
 * Throws a `TextFileError`: `bad-port` if there is anything but a number, also for an empty file,
 * `port-out-of-range`, and the errors of `decodeText()`.
 */
export function parsePortInfo(bytes: Uint8Array): number {
  return parsePort(decodeText(bytes).trim());
}

/** Returns the content of a `port.info` with `port`; throws as `parsePort()` does. */
export function formatPortInfo(port: number): string {
  return `${parsePort(String(port))}\n`;
}

/** Maximum bytes of a `port.info`; the rest of a larger file is not read. */
const PORT_FILE_LIMIT = 4096;

/** An open listener, and what it speaks. */
export interface OpenListener {
  readonly listener: Deno.TcpListener;
  readonly revision: RevisionName | "auto";
  /** Default: protocol 3. */
  readonly protocols?: ProtocolsChoice;
  /** The actual `HOST:PORT`: one, or one for each address family. */
  readonly addresses: readonly string[];
}

/**
 * Returns the addresses to listen on, from the settings and, if they have no port, the port file.
 */
export async function addressesToListenOn(
  settings: Pick<ServerSettings, "host" | "port" | "portFile" | "listen">,
  log: Logger,
): Promise<readonly ListenSetting[]> {
  const { host, port, portFile, listen } = settings;
  if (port !== undefined) return [{ host, port }, ...listen];
  if (listen.length > 0) return listen;
  return [{ host, port: await readPort(portFile, log) }];
}

/** Returns the port in a port file or, with a warning, the default port. */
async function readPort(path: string, log: Logger): Promise<number> {
  try {
    // Before it is opened: opening a pipe would wait for a program that writes to it.
    if (!(await Deno.stat(path)).isFile) throw new Error("it is not a regular file");
    using file = await Deno.open(path);
    const buffer = new Uint8Array(PORT_FILE_LIMIT);
    let size = 0;
    for (let got: number | null = 0; got !== null && size < buffer.byteLength; size += got ?? 0) {
      got = await file.read(buffer.subarray(size));
    }
    return parsePortInfo(buffer.subarray(0, size));
  } catch (error) {
    const detail = runtimeRefusal(error) ??
      (error instanceof Deno.errors.NotFound
        ? "there is no such file"
        : error instanceof TextFileError || error instanceof Error
        ? error.message
        : String(error));
    log.warn("No port from {path}: {detail}; using port {port}", {
      path,
      detail,
      port: DEFAULT_PORT,
    });
    return DEFAULT_PORT;
  }
}

/**
 * Opens all listeners, or none. Throws a `StartupError` that says which address failed and what to
 * do.
 */
export function openListeners(
  addresses: readonly ListenSetting[],
  revision: RevisionName | "auto",
  { listen = Deno.listen, protocols = "3" }: {
    readonly listen?: Listen;
    /** What a listener speaks that does not name it. Default: protocol 3. */
    readonly protocols?: ProtocolsChoice;
  } = {},
): readonly OpenListener[] {
  const open: OpenListener[] = [];
  let failed: ListenSetting | undefined;
  try {
    for (const address of addresses) {
      failed = address;
      for (const { listener, hosts } of listenOn(address, listen)) {
        const { port } = listener.addr;
        open.push({
          listener,
          revision: address.revision ?? revision,
          protocols: address.protocols ?? protocols,
          addresses: hosts.map((host) => formatAddress({ host, port })),
        });
      }
    }
  } catch (error) {
    for (const { listener } of open) listener.close();
    throw new StartupError(explain(error, failed ? formatAddress(failed) : "the address"), {
      cause: error,
    });
  }
  return open;
}

function listenOn({ host, port }: ListenSetting, listen: Listen): readonly HostsListener[] {
  if (host === EVERY_ADDRESS) return listenOnEveryAddress(port, { listen });
  const listener = listen({ hostname: host, port });
  return [{ listener, hosts: [listener.addr.hostname] }];
}

function explain(error: unknown, address: string): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return `Cannot listen on ${address}: the port is in use; end the program that uses it, or ` +
      "choose another with --port (0 takes a free one)";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return `Cannot listen on ${address}: not permitted; choose a port above 1023 with --port`;
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return `Cannot listen on ${address}: this machine has no such address; choose one with --host`;
  }
  const detail = messageOf(error);
  return `Cannot listen on ${address}: ${detail}; choose another address with --host and --port`;
}
