import { isInvitation } from "../../../shared/protocol4/keys/server_address.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import { localError } from "../../client_error.ts";
import type { Input } from "../../client_io.ts";
import { readSmallFile } from "../../identity/client_folders.ts";

/** The most bytes of standard input that are read for an invitation. */
const MOST = 4096;

/**
 * The invitation in a file, or from standard input for `-`: one line. Throws a `ClientError`
 * (`bad-setting`); no message has the invitation.
 */
export async function readInvitation(path: string, stdin: Input): Promise<string> {
  const bytes = path === "-" ? await readAll(stdin) : await readSmallFile(path);
  const where = path === "-" ? "Standard input" : quotedPath(path);
  if (bytes === undefined) {
    throw localError("bad-setting", `There is no file ${where}; name the one with the invitation`);
  }
  const text = decodeUtf8(bytes)?.trim();
  if (text !== undefined && isInvitation(text)) return text;
  throw localError(
    "bad-setting",
    `${where} has no invitation; it is one line, as it was given out`,
  );
}

async function readAll(stdin: Input): Promise<Uint8Array> {
  const buffer = new Uint8Array(MOST);
  let size = 0;
  while (size < MOST) {
    const got = await stdin.read(buffer.subarray(size));
    if (got === null) break;
    size += got;
  }
  return buffer.subarray(0, size);
}
