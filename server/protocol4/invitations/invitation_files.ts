import { join } from "node:path";
import { toHex } from "../../../shared/text/encodings.ts";
import type { Accounts, Invitation } from "../../storage/trees/accounts.ts";
import { syncNames } from "../../storage/system/sync_names.ts";
import type { Registered, Registering } from "../identity/registration.ts";

/** The folder of invitations that the server has not taken over yet, in the data folder. */
export const INVITATIONS_FOLDER = "invitations";

/** A new invitation, which no client has used. */
export type NewInvitation = Omit<Invitation, "usedBy">;

/**
 * Leaves an invitation in the data folder for the server, which has the database to itself: it
 * takes the invitation over when a client presents it. When the promise resolves, it is on the
 * disk. Those that have expired by `now` are removed. Throws the system's errors.
 */
export async function leaveInvitation(
  data: string,
  { hash, name, quota, expires, now }: NewInvitation & { readonly now: Date },
): Promise<void> {
  const folder = join(data, INVITATIONS_FOLDER);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await removeExpired(folder, now);
  const text = JSON.stringify({ name, quota, expires: expires.toISOString() });
  const path = join(folder, toHex(hash));
  {
    const options = { write: true, createNew: true, mode: 0o600 };
    using file = await Deno.open(`${path}.new`, options);
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  await Deno.rename(`${path}.new`, path);
  await syncNames(folder);
  await syncNames(data);
}

/**
 * Registers a client with the invitation of this hash. If the invitation is a file in the data
 * folder, it is moved into the database. One that is refused stays in the folder, where it can be
 * withdrawn, as does a file that is no invitation.
 */
export async function useInvitation(
  data: string,
  { hash, name, register, accounts }: Registering & {
    readonly hash: Uint8Array;
    readonly accounts: Pick<Accounts, "accountNamed" | "invite" | "withdraw">;
  },
): Promise<Registered> {
  const path = join(data, INVITATIONS_FOLDER, toHex(hash));
  const invitation = await readInvitation(path, hash);
  // Another request may just have taken it over.
  if (invitation === undefined) return await register();
  if ((invitation.name ?? name) !== name) return "invitation-for-another-name";
  if (await accounts.accountNamed(name) !== undefined) return "name-taken";
  await accounts.invite(invitation);
  const result = await register();
  // Clients of protocol 3 have names, too.
  if (typeof result === "string") await accounts.withdraw(hash);
  else await removed(path);
  return result;
}

/**
 * Removes an invitation that was left in the data folder. Returns whether it was there. Throws the
 * system's errors.
 */
export async function withdrawInvitation(data: string, hash: Uint8Array): Promise<boolean> {
  const folder = join(data, INVITATIONS_FOLDER);
  try {
    await Deno.remove(join(folder, toHex(hash)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  await syncNames(folder);
  return true;
}

/** Returns all invitations that were left in the data folder. Throws the system's errors. */
export async function leftInvitations(data: string): Promise<readonly NewInvitation[]> {
  const folder = join(data, INVITATIONS_FOLDER);
  const left: NewInvitation[] = [];
  try {
    for await (const { name } of Deno.readDir(folder)) {
      if (!/^[0-9a-f]{64}$/.test(name)) continue;
      const invitation = await readInvitation(join(folder, name), Uint8Array.fromHex(name));
      if (invitation !== undefined) left.push(invitation);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return left;
}

/** Returns undefined if there is no file, or it is no invitation. */
async function readInvitation(path: string, hash: Uint8Array): Promise<NewInvitation | undefined> {
  let value: unknown;
  try {
    const { isFile, size } = await Deno.lstat(path);
    if (!isFile || size > 4_096) return undefined;
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { name, quota, expires } = value as Readonly<Record<string, unknown>>;
  const until = new Date(typeof expires === "string" ? expires : NaN);
  const isRight = (name === undefined || typeof name === "string") &&
    (quota === undefined || Number.isSafeInteger(quota)) && !Number.isNaN(until.getTime());
  if (!isRight) return undefined;
  return {
    hash,
    expires: until,
    ...(typeof name === "string" && { name }),
    ...(typeof quota === "number" && { quota }),
  };
}

async function removeExpired(folder: string, now: Date): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const invitation = await readInvitation(path, new Uint8Array());
    if (invitation !== undefined && invitation.expires <= now) await removed(path);
  }
}

/** Removes a file, which the server may have removed meanwhile. */
async function removed(path: string): Promise<void> {
  await Deno.remove(path).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
