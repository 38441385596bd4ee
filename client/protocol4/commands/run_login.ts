import { fingerprint } from "../../../shared/protocol4/keys/public_key.ts";
import {
  formatServerAddress,
  isInvitation,
  parseServerAddress,
  type ServerAddress,
} from "../../../shared/protocol4/keys/server_address.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { checkUserName, TextFileError } from "../../../shared/text/text.ts";
import { ClientError, EXIT, type ExitCode, localError } from "../../client_error.ts";
import type { CommandContext } from "../../command_context.ts";
import { IdentityLock } from "../../identity/identity_lock.ts";
import { makePrivateFolder } from "../../identity/replace_file.ts";
import type { LoginSettings } from "../../settings/login_settings.ts";
import { ServerLink } from "../connection/server_link.ts";
import { keyFolder, rememberServer } from "../identity/known_servers.ts";
import { configOf, linkOptions } from "./command_server.ts";
import { serverToLogIn } from "./first_key.ts";
import { readInvitation } from "./invitation.ts";
import { type LoggedIn, logIn } from "./log_in.ts";

/** Milliseconds to wait for another client that logs in. */
const LOCK_TIME = 30_000;

/** The command `login`: pins a server, and registers with it or logs in. */
export async function runLogin(
  settings: LoginSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const { io, screen, stdout } = context;
  const address = addressOf(settings.server);
  const name = settings.name === undefined ? undefined : checkedName(settings.name);
  const given = settings.invitation === undefined
    ? address.invitation
    : await readInvitation(settings.invitation, io.stdin);
  const isInteractive = io.stdin.isTerminal() && io.stdout.isTerminal() && !settings.json;
  const ask = isInteractive ? io.ask : undefined;
  const tell = (line: string) => screen.line(line);
  const config = await configOf(settings, context);
  await makePrivateFolder(config, { recursive: true });
  const options = linkOptions(settings, context);
  const write = { clock: io.clock, tell };
  const { acceptNew } = settings;
  const server = await serverToLogIn(address, { ...options, config, acceptNew, ask, tell });
  const folder = await keyFolder(config, server.spki);
  const link = new ServerLink(server, options);
  try {
    await using _lock = await IdentityLock.acquire(config, { ...write, lockTime: LOCK_TIME });
    const done = await logIn(link, {
      ...{ config, folder, name, write, invitation: given, label: settings.label ?? "" },
      // Only a server that has proved its key is remembered.
      onProven: () => rememberServer(config, { ...write, ...server, server }),
      askName: ask === undefined ? undefined : () =>
        asked(ask, "Your name on that server?", {
          read: checkedName,
          tell,
        }),
      askInvitation: ask === undefined ? undefined : () =>
        asked(ask, "The invitation?", {
          read: checkedInvitation,
          tell,
        }),
    });
    if (settings.json) {
      stdout.write(`${JSON.stringify(await jsonOf(done, server))}\n`);
    } else if (!settings.quiet) {
      const as = `${WORDS[done.status]} ${quoted(done.identity.name)}`;
      stdout.write(`${as} on ${formatAddress(server)} (${await fingerprint(server.spki)})\n`);
    }
    return EXIT.sent;
  } finally {
    link.close();
  }
}

const WORDS = {
  "registered": "Registered as",
  "logged-in": "Logged in as",
  "device-added": "This computer was added to",
} as const satisfies Readonly<Record<LoggedIn["status"], string>>;

async function jsonOf(
  { status, identity: { name, id } }: LoggedIn,
  { host, port, spki }: { readonly host: string; readonly port: number; readonly spki: Uint8Array },
) {
  const server = formatServerAddress({ host, port, spki });
  return { status, name, id, server, fingerprint: await fingerprint(spki) };
}

function addressOf(text: string): ServerAddress {
  try {
    return parseServerAddress(text);
  } catch (error) {
    if (error instanceof TextFileError) throw localError("bad-setting", error.message, error);
    throw error;
  }
}

function checkedName(name: string): string {
  try {
    checkUserName(name);
    return name;
  } catch (error) {
    if (error instanceof TextFileError) throw localError("bad-setting", error.message, error);
    throw error;
  }
}

function checkedInvitation(text: string): string {
  if (isInvitation(text)) return text;
  throw localError("bad-setting", "That is no invitation; it is one word, as it was given out");
}

/** Asks until the answer is right. Throws a `ClientError` (`interrupted`) at Ctrl-C. */
function asked<T>(
  ask: (question: string) => string | null,
  question: string,
  { read, tell }: {
    readonly read: (answer: string) => T;
    readonly tell: (line: string) => void;
  },
): T {
  for (;;) {
    const answer = ask(question);
    if (answer === null) {
      throw new ClientError("Nothing was registered, as you wished", {
        reason: "interrupted",
        exitCode: EXIT.interrupted,
      });
    }
    try {
      return read(answer.trim());
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      tell(error.message);
    }
  }
}
