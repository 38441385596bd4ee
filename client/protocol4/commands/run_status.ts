import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { quoted, visible } from "../../../shared/text/quoted.ts";
import { ClientError, EXIT, type ExitCode } from "../../client_error.ts";
import type { CommandContext } from "../../command_context.ts";
import type { StatusSettings } from "../../settings/login_settings.ts";
import { expectStatus } from "../connection/errors.ts";
import { type KnownServer, knownServers } from "../identity/known_servers.ts";
import { chosenServer, configOf, linkOptions, openSession, serverText } from "./command_server.ts";

/** The most bytes of what a server says then. */
const MOST_LISTED = 1024 * 1024;

/** How a known server is. */
interface ServerStatus {
  readonly server: string;
  readonly fingerprint: string;
  readonly since: string;
  readonly status: "ok" | "failed";
  readonly name?: string;
  readonly id?: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * The command `status`: each known server, whether it answers and proves its key, and as whom the
 * client is logged in. The exit code is that of the first one that does not.
 */
export async function runStatus(
  settings: StatusSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const { json, quiet } = settings;
  const { stdout } = context;
  const config = await configOf(settings, context);
  const servers = settings.server === undefined
    ? await knownServers(config)
    : [await chosenServer(config, settings.server)];
  const found: ServerStatus[] = [];
  let code: ExitCode = EXIT.sent;
  for (const server of servers) {
    try {
      const { name, id } = await identityOn(server, { settings, context, config });
      found.push({ ...await described(server), status: "ok", name, id });
      const as = `logged in as ${quoted(name)}`;
      if (!json && !quiet) stdout.write(`${await serverText(server)}: ${as}\n`);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const { reason, message } = error;
      if (code === EXIT.sent) code = error.exitCode;
      found.push({ ...await described(server), status: "failed", reason, message });
      if (!json && !quiet) stdout.write(`${await serverText(server)}: ${visible(message)}\n`);
    }
  }
  if (json) stdout.write(`${JSON.stringify({ servers: found })}\n`);
  else if (!quiet && servers.length === 0) {
    stdout.write("No server of protocol 4 is known; log in to one first\n");
  }
  return code;
}

/** Who the client is on a server, once the server has accepted its token. */
async function identityOn(server: KnownServer, { settings, context, config }: {
  readonly settings: StatusSettings;
  readonly context: CommandContext;
  readonly config: string;
}) {
  const options = linkOptions(settings, context);
  await using session = await openSession(server, { config, options, context });
  const answer = await session.request({ method: "GET", path: "/v4/devices" });
  const { body } = await expectStatus(answer, { statuses: [200], doing: "say who is logged in" });
  await body.bytes(MOST_LISTED);
  return session.identity;
}

async function described({ host, port, spki, since }: KnownServer) {
  const server = formatServerAddress({ host, port, spki });
  return { server, fingerprint: await fingerprint(spki), since };
}
