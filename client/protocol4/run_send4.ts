import { type Address, formatAddress } from "../../shared/text/address.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { TextFileError } from "../../shared/text/text.ts";
import type { TransferInfo } from "../../shared/text/transfer_info.ts";
import { type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { inFolder, isAbsolutePath } from "../files/paths.ts";
import { readSmallFile } from "../identity/client_folders.ts";
import { runSendTree } from "../send_tree/run_send_tree.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import { configOf } from "./commands/command_server.ts";
import { readKeptIdentity } from "./identity/identity_file.ts";
import { keyFolder, type KnownServer, knownServers, serverAt } from "./identity/known_servers.ts";
import { REMOTES } from "./tree/remote_tree.ts";

/**
 * The command `send` over protocol 4, with all that it needs in one late import: each takes 2 ms.
 * Returns undefined, and has sent nothing, if it is to go over protocol 3. Throws a `ClientError`
 * as `sendTarget()` does, and what sending throws.
 */
export async function runSend4(
  settings: ClientSettings,
  context: CommandContext,
): Promise<ExitCode | undefined> {
  const target = await sendTarget(settings, context);
  if (target === undefined) return undefined;
  const { server, files } = target;
  return await runSendTree(
    { ...settings, files },
    context,
    (onWaiting) => REMOTES.open({ ...settings, server, onWaiting }, context),
  );
}

/** Where files go over protocol 4. */
interface SendTarget {
  /** Undefined for the only server that is known. */
  readonly server: Address | undefined;
  readonly files: readonly string[];
}

/**
 * Where `send` goes over protocol 4; undefined if it is over protocol 3. It is to the server of the
 * command line, else to that of `transfer.info`, else to the one that is known: over 4 if its key
 * is known. Throws a `ClientError`: `not-logged-in` when 4 is asked for and the key is not known.
 */
async function sendTarget(
  settings: ClientSettings,
  context: CommandContext,
): Promise<SendTarget | undefined> {
  const { server, protocol } = settings;
  const servers = await knownServers(await configOf(settings, context));
  const folder = settings.dir ?? context.home;
  const info = server === undefined ? await transferInfo(folder) : undefined;
  const wanted = server ?? info?.server;
  const files = settings.files.length > 0 ? settings.files : info?.files ?? [];
  const known = wanted === undefined ? servers[0] : serverAt(servers, wanted);
  if (known !== undefined) {
    await tellOtherName(settings, context, known);
    return { server: wanted, files };
  }
  if (protocol !== "4") {
    const [other] = servers;
    if (info !== undefined && other !== undefined && !settings.quiet) {
      // Other commands go to that one, and so would this one in any other folder.
      context.screen.line(
        `transfer.info names ${
          formatAddress(info.server)
        }, which you have not logged in to: it is ` +
          `spoken to by protocol 3. Give --server ${
            formatAddress(other)
          } for the one that you have`,
      );
    }
    return undefined;
  }
  const which = wanted === undefined ? "No server" : `No server at ${formatAddress(wanted)}`;
  throw localError(
    "not-logged-in",
    `${which} is known for protocol 4; log in first: login sealpost://HOST:PORT/#KEY --name NAME`,
  );
}

/**
 * Says that a name which was given is not used where the client is another one: it is of protocol
 * 3, by which a server whose key is known is not spoken to.
 */
async function tellOtherName(
  { name, quiet, ...settings }: ClientSettings,
  context: CommandContext,
  known: KnownServer,
): Promise<void> {
  if (name === undefined || quiet) return;
  const folder = await keyFolder(await configOf(settings, context), known.spki);
  const identity = await readKeptIdentity(folder);
  if (identity === undefined || identity.name === name) return;
  context.screen.line(
    `The name ${quoted(name)} is not used: at ${formatAddress(known)} you are logged in as ` +
      `${quoted(identity.name)}. To send under another name, give --protocol 3`,
  );
}

/** What a `transfer.info` says, as far as it can be used. */
async function transferInfo(folder: string) {
  const bytes = await readSmallFile(inFolder(folder, "transfer.info"));
  if (bytes === undefined) return undefined;
  const { parseTransferInfo } = await import("../../shared/text/transfer_info.ts");
  try {
    const { host, port, path }: Partial<TransferInfo> = parseTransferInfo(bytes, {
      overridden: { name: true },
    });
    if (host === undefined || port === undefined || path === undefined) return undefined;
    return {
      server: { host, port },
      files: [isAbsolutePath(path) ? path : inFolder(folder, path)],
    };
  } catch (error) {
    // Protocol 3 says what is wrong with it.
    if (error instanceof TextFileError) return undefined;
    throw error;
  }
}
