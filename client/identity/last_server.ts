import { type Address, formatAddress, parseAddress } from "../../shared/text/address.ts";
import { decodeText, TextFileError } from "../../shared/text/text.ts";
import { inFolder } from "../files/paths.ts";
import { makePrivateFolder, replaceFile, type WriteOptions } from "./replace_file.ts";
import { readSmallFile, SERVERS } from "./client_folders.ts";

/**
 * The last server that files were sent to from a folder, read from `servers/last.info`; undefined
 * if not recorded.
 */
export async function readLastServer(folder: string): Promise<Address | undefined> {
  const bytes = await readSmallFile(pathIn(folder));
  if (bytes === undefined) return undefined;
  try {
    return parseAddress(decodeText(bytes).trim());
  } catch (error) {
    if (error instanceof TextFileError) return undefined;
    throw error;
  }
}

/** Records a server as the last one. Throws a `ClientError` when that cannot be written. */
export async function rememberLastServer(
  folder: string,
  { server, ...options }: WriteOptions & { readonly server: Address },
): Promise<void> {
  const last = await readLastServer(folder);
  if (last !== undefined && formatAddress(last) === formatAddress(server)) return;
  await makePrivateFolder(inFolder(folder, SERVERS));
  await replaceFile(pathIn(folder), `${formatAddress(server)}\n`, options);
}

function pathIn(folder: string): string {
  return inFolder(inFolder(folder, SERVERS), "last.info");
}
