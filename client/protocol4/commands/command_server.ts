import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";
import { localError } from "../../client_error.ts";
import type { CommandContext } from "../../command_context.ts";
import type { LinkOptions } from "../connection/server_link.ts";
import {
  configFolder,
  type KnownServer,
  knownServers,
  serverAt,
} from "../identity/known_servers.ts";
import { Session } from "../session.ts";

/** How often a command sends a request again after a loss: its user waits. */
const RETRIES = 2;

/** The settings that all commands of protocol 4 have. */
export interface CommonSettings {
  readonly dir: string | undefined;
  readonly timeout: number;
  readonly verbose: boolean;
}

/** What connections of a command need. */
export function linkOptions(
  { timeout, verbose }: CommonSettings,
  { io, screen }: CommandContext,
): LinkOptions {
  return {
    ...{ timeout, retries: RETRIES, retryTime: 0, clock: io.clock },
    tell: (line) => verbose && screen.line(line),
  };
}

/** The configuration folder of a command. */
export function configOf(
  { dir }: CommonSettings,
  { io, home }: CommandContext,
): Promise<string> {
  return configFolder({ dir, home, env: io.env });
}

/**
 * The known server at an address, or the only one. Throws a `ClientError`: `not-logged-in` when it
 * is not known, `bad-setting` when there are several.
 */
export async function chosenServer(
  config: string,
  address: Address | undefined,
): Promise<KnownServer> {
  const servers = await knownServers(config);
  const found = address === undefined ? servers[0] : serverAt(servers, address);
  if (found === undefined) {
    const which = address === undefined ? "No server" : `No server at ${formatAddress(address)}`;
    throw localError(
      "not-logged-in",
      `${which} is known; log in first: login sealpost://HOST:PORT/#KEY --name NAME`,
    );
  }
  if (address === undefined && servers.length > 1) {
    const list = servers.map(formatAddress).join(", ");
    throw localError("bad-setting", `Several servers are known: ${list}; name one with --server`);
  }
  return found;
}

/**
 * A session with a known server, as who the client is there. A key that was properly changed is
 * followed when the first request connects. Throws as `Session.of()` does.
 */
export function openSession(
  known: KnownServer,
  { config, options, context: { screen } }: {
    readonly config: string;
    readonly options: LinkOptions;
    readonly context: CommandContext;
  },
): Promise<Session> {
  const tell = (line: string) => screen.line(line);
  const changedKey = async () => {
    const { followedKey } = await import("../identity/proven_server.ts");
    return await followedKey(known, { ...options, config, tell });
  };
  return Session.of({ ...options, changedKey, server: known, config });
}

/** A server for people: its address and its fingerprint. */
export async function serverText(server: Address & { readonly spki: Uint8Array }): Promise<string> {
  return `${formatAddress(server)} (${await fingerprint(server.spki)})`;
}
