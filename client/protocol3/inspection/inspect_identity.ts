import { messageOf, quoted, quotedPath } from "../../../shared/text/quoted.ts";
import { parsePrivateKey } from "../../../shared/protocol3/files/me_info.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";
import { TextFileError } from "../../../shared/text/text.ts";
import { EXIT } from "../../client_error.ts";
import { findIdentity, type Identity, IdentityFiles } from "../identity/identity_files.ts";
import { listIdentities } from "../identity/list_identities.ts";
import type { InspectedIdentity, Inspector } from "../../doctor/inspector.ts";
import {
  type IdentityPlaces,
  ME_INFO,
  PRIV_KEY,
  readSmallFile,
} from "../../identity/client_folders.ts";
import { tryKey } from "../aes_key.ts";
import { inFolder } from "../../files/paths.ts";
import { fail, type Finding, ok, orFailure, skip, warn } from "../../doctor/finding.ts";
import { REVISIONS_BY_PREFERENCE } from "../../../shared/protocol3/revision.ts";
import { ConnectFailed, noConnection } from "../connection/errors.ts";
import { CONNECT_LIMIT, ServerConnection } from "../connection/server_connection.ts";
import { PROBER } from "./probe.ts";

/** The advice for an identity that cannot be used. */
const REMEDY =
  "Restore me.info and priv.key from a backup, or register under another name in another folder " +
  "(--dir)";

/**
 * The identity that `send` would use for a server, or for any server if none is named. Throws a
 * `ClientError` when it cannot be used.
 */
export async function inspectIdentity(
  server: Address | undefined,
  places: IdentityPlaces,
): Promise<InspectedIdentity> {
  const found = await identityFor(server, places);
  if (found === undefined) {
    const examine = () => strangerFindings(places, server);
    return { name: undefined, place: places.newIn, examine };
  }
  const { identity, place, isCertain } = found;
  const at = server === undefined || !isCertain ? "" : ` at ${formatAddress(server)}`;
  const path = quotedPath(inFolder(place, ME_INFO));
  const registered = ok("identity", `${path} belongs to ${quoted(identity.name)}${at}`);
  return {
    name: identity.name,
    place,
    examine: async () => [registered, await checkKey(identity, place)],
  };
}

/** An identity, the folder of its `me.info`, and whether it is known to be for the server. */
interface PlacedIdentity {
  readonly identity: Identity;
  readonly place: string;
  readonly isCertain: boolean;
}

async function identityFor(
  server: Address | undefined,
  places: IdentityPlaces,
): Promise<PlacedIdentity | undefined> {
  if (server === undefined) {
    const identity = await new IdentityFiles(places.newIn).load();
    return identity && { identity, place: places.newIn, isCertain: false };
  }
  const found = await findIdentity(server, places);
  return found && {
    identity: found.identity,
    place: found.files.folder,
    isCertain: found.by !== undefined,
  };
}

async function strangerFindings(
  { newIn, folders }: IdentityPlaces,
  server: Address | undefined,
): Promise<readonly [identity: Finding, key: Finding]> {
  const key = skip("key", "A key is made at the registration");
  const path = inFolder(newIn, PRIV_KEY);
  const isThere = (file: string) => Deno.lstat(file).then(() => true, () => false);
  if (await isThere(path) && !await isThere(inFolder(newIn, ME_INFO))) {
    const alone = warn(
      "identity",
      `There is ${quotedPath(path)}, but no me.info: the client will register again`,
      "Restore me.info, which holds name and id; without it the key is of no use",
    );
    return [alone, key];
  }
  const others = (await Promise.all(folders.map(listIdentities))).flat()
    .map((other) => `${quoted(other.name)} at ${formatAddress(other.server)}`);
  const known = others.length === 0 ? "" : ` (known are ${others.slice(0, 3).join(", ")})`;
  const where = server === undefined || known === "" ? "" : ` with ${formatAddress(server)}`;
  const said = `Not registered yet${where}${known}: the first file that is sent does that`;
  return [ok("identity", said), key];
}

async function checkKey(identity: Identity, folder: string): Promise<Finding> {
  try {
    await tryKey(identity.privateKey);
  } catch (error) {
    const why = messageOf(error);
    return fail("key", `The private key does not work: ${why}`, {
      advice: REMEDY,
      exitCode: EXIT.usage,
    });
  }
  return await checkCopy(identity, inFolder(folder, PRIV_KEY)) ??
    ok("key", "The private key works, and both files hold it");
}

/** What is wrong with `priv.key` next to a key that works; undefined if nothing is. */
async function checkCopy(identity: Identity, path: string): Promise<Finding | undefined> {
  const advice = `Copy the third line of ${ME_INFO}, which counts, to ${PRIV_KEY}`;
  const read = await orFailure("key", () => readSmallFile(path));
  if ("failure" in read) return warn("key", read.failure.message, read.failure.advice ?? advice);
  if (read.value === undefined) {
    return warn("key", `The private key works, but there is no ${quotedPath(path)}`, advice);
  }
  try {
    const copy = parsePrivateKey(read.value);
    const same = copy.length === identity.privateKey.length &&
      copy.every((byte, index) => byte === identity.privateKey[index]);
    return same
      ? undefined
      : warn("key", `${quotedPath(path)} holds another key than me.info`, advice);
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    return warn("key", `${quotedPath(path)} cannot be used; the key in me.info counts`, advice);
  }
}

/** Checks who else can read the key. */
export async function checkPermissions(folder: string): Promise<Finding> {
  if (Deno.build.os === "windows") {
    return skip("permissions", "This system has no permission bits; see who may read the folder");
  }
  const open: string[] = [];
  const names = [];
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name } of entries) {
    // A temporary file left from an interrupted replacement contains the key as well.
    if (/^(?:\.?(?:me\.info|priv\.key)(?:\.(?:new|[0-9a-f-]{36}))?)$/.test(name)) names.push(name);
  }
  for (const name of names.sort()) {
    // A dangling link has nothing to protect.
    const { mode = null } = await Deno.stat(inFolder(folder, name)).catch(() => undefined) ?? {};
    if (mode !== null && (mode & 0o077) !== 0) open.push(inFolder(folder, name));
  }
  if (open.length > 0) {
    const shown = open.map(quotedPath).join(" and ");
    return warn(
      "permissions",
      `Others may read or change ${shown}; anyone who has them can send as this client`,
      `Run chmod 600 ${open.map(quotedPath).join(" ")}`,
    );
  }
  return names.length === 0
    ? ok("permissions", "There is no key yet that others could read")
    : ok("permissions", `${names.join(" and ")}: nobody but their owner may read them`);
}

/** The checks of `doctor` for protocol 3. */
export const INSPECTOR: Inspector = {
  ...PROBER,
  identity: inspectIdentity,
  permissions: checkPermissions,
  async connect(server, { timeout, clock }) {
    try {
      const connection = await ServerConnection.open(server, {
        revisions: REVISIONS_BY_PREFERENCE,
        timeout,
        clock,
        connectTimeout: Math.min(CONNECT_LIMIT, timeout),
      });
      return () => connection.close();
    } catch (error) {
      if (error instanceof ConnectFailed) throw noConnection(error);
      throw error;
    }
  },
};
