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
export async function readToken(folder: string): Promise<Token | undefined> {
  const bytes = await readSmallFile(inFolder(folder, FILE));
  try {
    return bytes === undefined ? undefined : tokenOf(JSON.parse(decodeUtf8(bytes) ?? ""));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Keeps a token, readable by its owner alone. Throws a `ClientError` (`identity-not-writable`). */
export async function writeToken(
  folder: string,
  { token, ...options }: WriteOptions & { readonly token: Token },
): Promise<void> {
  const { makePrivateFolder, replaceFile } = await import("../../identity/replace_file.ts");
  await makePrivateFolder(folder, { recursive: true });
  await replaceFile(inFolder(folder, FILE), `${JSON.stringify(token)}\n`, options);
}
