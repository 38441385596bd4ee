import { fromHex, toHex } from "../../../shared/text/hex.ts";
import { type Address, formatAddress, parseAddress } from "../../../shared/text/address.ts";
import { decodeText, lines } from "../../../shared/text/text.ts";
import { TextFileError } from "../../../shared/text/text_file_error.ts";
import { CLIENT_ID_SIZE, type ClientId, clientIdOf } from "../../../shared/wire/client_id.ts";
import { inFolder } from "../../files/paths.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";
import { SERVERS } from "../../identity/server_folder.ts";
import { readSmallFile } from "../../files/small_file.ts";

/** The server that the `me.info` of a folder is registered with. */
export interface RegisteredServer {
  readonly server: Address;
  /** The id in that `me.info`; if they differ, another program has written the file. */
  readonly clientId: ClientId;
}

/**
 * The server recorded for the `me.info` of a folder in `servers/registered.info`: line 1 the
 * server, line 2 the id. Undefined if there is no valid record.
 */
export async function readRegisteredServer(folder: string): Promise<RegisteredServer | undefined> {
  const bytes = await readSmallFile(pathIn(folder));
  if (bytes === undefined) return undefined;
  try {
    const [address = "", id = ""] = lines(decodeText(bytes));
    const clientId = fromHex(id);
    if (clientId?.byteLength !== CLIENT_ID_SIZE) return undefined;
    return { server: parseAddress(address), clientId: clientIdOf(clientId) };
  } catch (error) {
    if (error instanceof TextFileError) return undefined;
    throw error;
  }
}

/** Records a server. Throws a `ClientError` when that cannot be written. */
export async function writeRegisteredServer(
  folder: string,
  { server, clientId, ...options }: RegisteredServer & WriteOptions,
): Promise<void> {
  const [{ makePrivateFolder }, { replaceFile }] = await Promise.all([
    import("../../identity/private_folder.ts"),
    import("../../identity/replace_file.ts"),
  ]);
  await makePrivateFolder(inFolder(folder, SERVERS));
  const content = `${formatAddress(server)}\n${toHex(clientId)}\n`;
  await replaceFile(pathIn(folder), content, options);
}

function pathIn(folder: string): string {
  return inFolder(inFolder(folder, SERVERS), "registered.info");
}
