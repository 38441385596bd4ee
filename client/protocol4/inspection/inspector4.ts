import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import { formatDuration } from "../../../shared/settings/quantity.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { quoted, quotedPath } from "../../../shared/text/quoted.ts";
import type { CommandContext } from "../../command_context.ts";
import type { Inspector4 } from "../../doctor/inspector.ts";
import { fail, failureOf, type Finding, ok, orFailure, skip, warn } from "../../doctor/finding.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { type CommonSettings, configOf, linkOptions } from "../commands/command_server.ts";
import { openPinned } from "../connection/open_pinned.ts";
import { refusalOf } from "../connection/errors.ts";
import { type LinkOptions, ServerLink } from "../connection/server_link.ts";
import { keyFolder, type KnownServer, knownServers, serverAt } from "../identity/known_servers.ts";
import { readIdentity } from "../identity/identity_file.ts";
import { requestToken } from "../identity/server_requests.ts";
import { readToken } from "../identity/token_file.ts";

/** The most bytes of a list that is asked for to see whether a token holds. */
const MOST_LISTED = 1024 * 1024;

/** The checks of `doctor` for protocol 4. */
export function inspector4(settings: CommonSettings, context: CommandContext): Inspector4 {
  return {
    async knownServers() {
      return await knownServers(await configOf(settings, context));
    },
    async *examine(server) {
      const read = await orFailure("known_servers", async () => {
        const config = await configOf(settings, context);
        return { config, servers: await knownServers(config) };
      });
      if ("failure" in read) {
        yield read.failure;
        yield* withoutServer("What is known of servers cannot be read");
        return;
      }
      const { config, servers } = read.value;
      if (servers.length === 0) {
        yield skip("known_servers", 'No server of protocol 4 is known; "login" adds one');
        yield* withoutServer("No server of protocol 4 is known");
        return;
      }
      yield await checkKept(config, servers);
      const known = server === undefined ? servers[0] : serverAt(servers, server);
      if (known === undefined || server === undefined && servers.length > 1) {
        const which = server === undefined ? "Several servers are known" : formatAddress(server);
        yield* withoutServer(`${which}${server === undefined ? "" : " is not one of those"}`);
        return;
      }
      yield* checkServer(known, { ...linkOptions(settings, context), config });
    },
  };
}

function* withoutServer(why: string): Generator<Finding> {
  yield skip("server key", why);
  yield skip("login", why);
}

/** Checks who else can read what is kept. */
async function checkKept(config: string, servers: readonly KnownServer[]): Promise<Finding> {
  const what = servers.length === 1 ? "one server" : `${servers.length} servers`;
  const said = `${quotedPath(inFolder(config, "known_servers"))} has the key of ${what}`;
  if (Deno.build.os === "windows") return ok("known_servers", said);
  const folders = await Promise.all(servers.map(({ spki }) => keyFolder(config, spki)));
  const files = folders.flatMap((folder) =>
    ["identity.json", "token.json"].map((name) => inFolder(folder, name))
  );
  const open: string[] = [];
  for (const path of [inFolder(config, "known_servers"), ...files]) {
    const { mode = null } = await Deno.stat(path).catch(() => undefined) ?? {};
    if (mode !== null && (mode & 0o077) !== 0) open.push(quotedPath(path));
  }
  if (open.length === 0) return ok("known_servers", `${said}; nobody but their owner may read it`);
  return warn(
    "known_servers",
    `Others may read or change ${open.join(" and ")}: who has them can act as this client`,
    `Run chmod 600 ${open.join(" ")}`,
  );
}

interface ServerOptions extends LinkOptions {
  readonly config: string;
}

/** Checks whether a server proves its key, and as whom this client is known there. */
async function* checkServer(known: KnownServer, options: ServerOptions): AsyncGenerator<Finding> {
  const begun = options.clock.now();
  const opened = await orFailure("server key", async () => {
    (await openPinned(known, options)).close();
  });
  if ("failure" in opened) {
    yield opened.failure;
    yield skip("login", `${formatAddress(known)} could not be asked`);
    return;
  }
  const time = formatDuration(options.clock.now() - begun);
  const print = await fingerprint(known.spki);
  yield ok("server key", `${formatAddress(known)} has proved its key (${print}, after ${time})`);
  yield await checkLogin(known, options);
}

async function checkLogin(known: KnownServer, options: ServerOptions): Promise<Finding> {
  const folder = await keyFolder(options.config, known.spki);
  const read = await orFailure("login", () => readIdentity(folder));
  if ("failure" in read) return read.failure;
  const { id, key, name = "" } = read.value ?? {};
  if (id === undefined || key === undefined) {
    return fail("login", `This client is not registered on ${formatAddress(known)}`, {
      advice: 'Run "login" with the address of the server',
      exitCode: EXIT.usage,
    });
  }
  const link = new ServerLink(known, options);
  try {
    const kept = await readToken(folder);
    const as = `Logged in as ${quoted(name)} on ${formatAddress(known)}`;
    if (kept !== undefined && await holds(link, kept.token)) {
      return ok("login", `${as}; the token that is kept holds`);
    }
    // What is kept stays as it is: the next command gets a token of its own.
    await requestToken(link, { key, id });
    return ok("login", `${as}; the token has ended, and the next command gets another one`);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return failureOf("login", error);
  } finally {
    link.close();
  }
}

/** Whether a token holds. Throws a `ClientError`, a `RefusedRequest` for another reason. */
async function holds(link: ServerLink, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await link.request({ method: "GET", path: "/v4/tokens", headers });
  if (answer.status === 200) {
    await answer.body.bytes(MOST_LISTED);
    return true;
  }
  const refusal = await refusalOf(answer, "list the tokens of this client");
  if (answer.status === 401) return false;
  throw refusal;
}
