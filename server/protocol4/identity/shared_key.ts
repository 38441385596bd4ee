import { StartupError } from "../../settings/startup_error.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { blockOf, keyOf, pemOf, type ServerKey, textOf } from "./key_text.ts";

/** What the servers of a database have on record of their key. */
export interface SharedKey {
  /** The newest key, with the change to it if there was one. */
  readonly newest: ServerKey;
  /** The one before, which counts until the moment of that change. */
  readonly before?: ServerKey;
  /** All keys before the newest, as they stand in addresses. */
  readonly earlier: readonly string[];
}

/** The labels of what is on record beside the newest key. */
const BEFORE = "SEALPOST KEY BEFORE";
const EARLIER = "SEALPOST EARLIER KEYS";

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

/** The name under which the servers of a database keep their key. */
export const SHARED_KEY = "server.key";

/** Returns what a database has on record. Throws a `StartupError` if that is nothing yet. */
export async function keptKeyText(shared: Pick<SharedSecrets, "kept">): Promise<string> {
  const text = await shared.kept(SHARED_KEY);
  if (text !== undefined) return text;
  throw new StartupError("The database has no key of servers yet: start a server with it first");
}

/** Reads what is on record. Throws a `StartupError` if it is no key. */
export async function readSharedKey(text: string): Promise<SharedKey> {
  const newest = await keyOf(text);
  if (newest === undefined) {
    throw new StartupError(
      "The database has what is no key of servers: put the row of its table secrets back from a " +
        "copy of the database",
    );
  }
  const read = (label: string) => {
    const bytes = blockOf(text, label);
    return bytes?.byteLength ? utf8.decode.decode(bytes) : undefined;
  };
  const before = await keyOf(read(BEFORE) ?? "");
  return { newest, earlier: JSON.parse(read(EARLIER) ?? "[]"), ...(before && { before }) };
}

/** The text of what is on record. */
export function sharedKeyText({ newest, before, earlier }: SharedKey): string {
  const block = (label: string, text: string) => pemOf(label, utf8.encode.encode(text));
  return textOf(newest) + (before === undefined ? "" : block(BEFORE, textOf(before))) +
    (earlier.length === 0 ? "" : block(EARLIER, JSON.stringify(earlier)));
}

/** The moment from which the newest key counts, by the clock of the database. */
export function countsFrom({ newest: { rotation }, before }: SharedKey): Date {
  return new Date(before === undefined || rotation === undefined ? 0 : rotation.from);
}

/** The key that counts at a date. */
export function keyAt(known: SharedKey, date: Date): ServerKey {
  const { newest, before = newest } = known;
  return date < countsFrom(known) ? before : newest;
}
