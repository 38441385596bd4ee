import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import { inFolder } from "../../files/paths.ts";
import { readSmallFile } from "../../identity/client_folders.ts";
import type { WriteOptions } from "../../identity/replace_file.ts";

/** A token of a server, which reaches no message and no log. */
export interface Token {
  readonly token: string;
  readonly tokenId: string;
  /** When it ends, as in RFC 3339, by the server's clock. */
  readonly expires: string;
}

/** A token that was kept. */
export interface KeptToken extends Token {
  /** When it was kept, by this machine's clock; undefined for one that an older client has kept. */
  readonly since?: string;
}

/** Milliseconds before the end of a kept token from which on another is asked for. */
const BEFORE_END = 60_000;

/** The name of the file, in the folder of the server's key. */
const FILE = "token.json";

/** What a token may have: it goes into a header. */
const FORM = /^[A-Za-z0-9._~+/-]{1,512}=*$/;

/** A token from JSON; undefined if it is none. */
export function tokenOf(value: unknown): Token | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { token, tokenId, expires }: { token?: unknown; tokenId?: unknown; expires?: unknown } =
    value;
  if (typeof token !== "string" || typeof tokenId !== "string" || typeof expires !== "string") {
    return undefined;
  }
  return FORM.test(token) ? { token, tokenId, expires } : undefined;
}

/** The token that was kept; undefined if there is none that can be used: another is asked for. */
export async function readToken(folder: string): Promise<KeptToken | undefined> {
  const bytes = await readSmallFile(inFolder(folder, FILE));
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes) ?? "");
    const token = tokenOf(value);
    const since = token === undefined ? undefined : Object(value).since;
    return token && { ...token, ...(typeof since === "string" && { since }) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * Whether a kept token has ended, or is about to, by this machine's clock. A clock by which it had
 * ended when it was made is ahead, and cannot tell: the server does.
 */
export function isOver({ expires, since = "" }: KeptToken, now: Date): boolean {
  const end = Date.parse(expires);
  return end - BEFORE_END < now.getTime() && !(end < Date.parse(since));
}

/** Keeps a token, readable by its owner alone. Throws a `ClientError` (`identity-not-writable`). */
export async function writeToken(
  folder: string,
  { token, ...options }: WriteOptions & { readonly token: Token },
): Promise<void> {
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(folder, { recursive: true });
  const kept: KeptToken = { ...token, since: options.clock.date().toISOString() };
  await replaceFile(inFolder(folder, FILE), `${JSON.stringify(kept)}\n`, options);
}
