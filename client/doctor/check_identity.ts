import { parsePrivateKey } from "../../shared/files/private_key_text.ts";
import { quoted, quotedPath } from "../../shared/files/quoted.ts";
import { TextFileError } from "../../shared/files/text_file_error.ts";
import { EXIT } from "../client_error.ts";
import { type Identity, IdentityFiles, ME_INFO, PRIV_KEY } from "../identity/identity_files.ts";
import { readSmallFile } from "../identity/small_file.ts";
import { tryKey } from "../identity/try_key.ts";
import { inFolder } from "../paths.ts";
import { fail, type Finding, ok, orFailure, skip, warn } from "./finding.ts";

/** What to do about an identity that is no good. */
const REMEDY =
  "Restore me.info and priv.key from a backup, or register under another name in another folder " +
  "(--dir)";

/** Who the client is, and what was found out about that. */
export interface IdentityFindings {
  readonly findings: readonly Finding[];
  /** Undefined when there is none, or it cannot be used. */
  readonly identity: Identity | undefined;
}

/** Examines `me.info` and `priv.key` in a folder: what they say, and whether the key works. */
export async function checkIdentity(folder: string): Promise<IdentityFindings> {
  const files = new IdentityFiles(folder);
  const loaded = await orFailure("identity", () => files.load());
  if ("failure" in loaded) {
    const findings = [loaded.failure, skip("key", "There is no identity that can be used")];
    return { findings, identity: undefined };
  }
  const identity = loaded.value;
  if (identity === undefined) return { findings: await strangerFindings(folder), identity };
  const registered = ok(
    "identity",
    `${quotedPath(files.path)} belongs to ${quoted(identity.name)}`,
  );
  return { findings: [registered, await checkKey(identity, folder)], identity };
}

async function strangerFindings(folder: string): Promise<readonly Finding[]> {
  const path = inFolder(folder, PRIV_KEY);
  const alone = await Deno.lstat(path).then(() => true, () => false);
  const identity = alone
    ? warn(
      "identity",
      `There is ${quotedPath(path)}, but no me.info: the client will register anew`,
      "Restore me.info, which holds name and id; without it the key is of no use",
    )
    : ok("identity", "Not registered yet: the first file that is sent does that");
  return [identity, skip("key", "A key is made at the registration")];
}

async function checkKey(identity: Identity, folder: string): Promise<Finding> {
  try {
    await tryKey(identity.privateKey);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail("key", `The private key does not work: ${why}`, {
      advice: REMEDY,
      exitCode: EXIT.usage,
    });
  }
  return await checkCopy(identity, inFolder(folder, PRIV_KEY)) ??
    ok("key", "The private key works, and both files hold it");
}

/** What is wrong with `priv.key` beside a key that works; undefined when nothing is. */
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

/** Examines who else may read the key. */
export async function checkPermissions(folder: string): Promise<Finding> {
  if (Deno.build.os === "windows") {
    return skip("permissions", "This system has no permission bits; see who may read the folder");
  }
  const open: string[] = [];
  const names = [];
  for await (const { name } of Deno.readDir(folder)) {
    // What is left of a file that was being replaced when the client ended holds the key as well.
    if (/^(?:\.?(?:me\.info|priv\.key)(?:\.[0-9a-f-]{36})?)$/.test(name)) names.push(name);
  }
  for (const name of names.sort()) {
    const { mode } = await Deno.stat(inFolder(folder, name));
    if (mode !== null && (mode & 0o077) !== 0) open.push(inFolder(folder, name));
  }
  if (open.length > 0) {
    const shown = open.map(quotedPath).join(" and ");
    return warn(
      "permissions",
      `Others may read or change ${shown}; whoever has them is this client`,
      `Run chmod 600 ${open.map(quotedPath).join(" ")}`,
    );
  }
  return names.length === 0
    ? ok("permissions", "There is no key yet that others could read")
    : ok("permissions", `${names.join(" and ")}: nobody but their owner may read them`);
}
