import { type Address, formatAddress } from "../../../shared/text/address.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { BUILD } from "../../build.ts";
import { type ClientId, sameClientId } from "../../../shared/wire/client_id.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { IdentityFiles, readRegisteredServer } from "./identity_files.ts";
import { serverOfName, SERVERS } from "../../identity/client_folders.ts";

/** An identity with the server recorded for it. */
export interface ListedIdentity {
  readonly server: Address;
  readonly name: string;
}

/** The identities of a client's folder with a recorded server; unreadable ones are left out. */
export async function listIdentities(folder: string): Promise<readonly ListedIdentity[]> {
  const record = await readRegisteredServer(folder);
  const main = await nameIn(folder, record?.clientId);
  const listed = record === undefined || main === undefined
    ? []
    : [{ server: record.server, name: main }];
  const names = await Array.fromAsync(
    Deno.readDir(inFolder(folder, SERVERS)),
    ({ name }) => name,
  ).catch(() => []);
  for (const own of names.toSorted()) {
    const server = serverOfName(own);
    const name = server && await nameIn(inFolder(inFolder(folder, SERVERS), own));
    if (server !== undefined && name !== undefined) listed.push({ server, name });
  }
  return listed;
}

async function nameIn(folder: string, expected?: ClientId): Promise<string | undefined> {
  try {
    const identity = await new IdentityFiles(folder).load();
    const other = expected !== undefined && identity !== undefined &&
      !sameClientId(identity.clientId, expected);
    return other ? undefined : identity?.name;
  } catch (error) {
    if (error instanceof ClientError) return undefined;
    throw error;
  }
}

/**
 * The error for a name that is taken, perhaps by this client under an old address of the server.
 */
export async function nameTaken(
  name: string,
  { server, folders, guessed }: {
    readonly server: Address;
    /** The revision in which the server refused the name, if it may speak another one. */
    readonly guessed: string | undefined;
    /** The client's folders. */
    readonly folders: readonly string[];
  },
): Promise<ClientError> {
  const listed = (await Promise.all(folders.map(listIdentities))).flat();
  const other = listed.find((one) => one.name === name);
  const advice = other === undefined
    ? "choose another name, or bring that client's me.info and priv.key here; if a registration " +
      "of yours was cut off, try again in 10 minutes"
    : `if that is the server that was ${formatAddress(other.server)} before, run "${BUILD.call} ` +
      `identity move ${formatAddress(other.server)} ${formatAddress(server)}"; otherwise choose ` +
      "another name";
  const fact = guessed === undefined
    ? `The server has another client named ${quoted(name)}`
    : `The server has another client named ${quoted(name)}, or it does not speak ${guessed} (see ` +
      `"${BUILD.call} probe ${formatAddress(server)}")`;
  return new ClientError(`${fact}; ${advice}`, {
    reason: "name-taken",
    exitCode: EXIT.refused,
  });
}
