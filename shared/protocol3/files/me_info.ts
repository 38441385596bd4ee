import { fromHex, toHex } from "../../text/hex.ts";
import { formatPrivateKey, parsePrivateKeyText } from "./private_key_text.ts";
import { quoted } from "../../text/quoted.ts";
import { decodeText, lines, TextFileError } from "../../text/text.ts";
import { checkUserName } from "../../text/user_name.ts";
import { type ClientId, clientIdOf } from "../../wire/client_id.ts";

/** The content of a `me.info`: the identity of the client. */
export interface MeInfo {
  /** The registered name, 1 to 100 characters. */
  readonly name: string;
  /** The id that the server gave it, 16 bytes. */
  readonly clientId: ClientId;
  /** Its private key, PKCS#8 in DER; absent when the file has only two lines. */
  readonly privateKey?: Uint8Array<ArrayBuffer>;
}

/** The length of a client id in bytes: that of a UUID, and of the field in the request header. */
const CLIENT_ID_LENGTH = 16;

/** The advice for a file that cannot be used, as messages state it. */
const REMEDY =
  "restore the file from a copy, or register under another name in another folder (--dir)";

export interface MeInfoOptions {
  /**
   * Whether the id may have dashes, blanks and braces between and around its digits, as other
   * programs write a UUID. Default: false, since the golden vectors have such an id among what is
   * refused.
   */
  readonly anyId?: boolean;
}

/**
 * Parses a `me.info`. `bytes` is the content of the file and is only read; the caller owns the
 * buffers of the result.
 *
 * The name may be padded with NULs, the id may be in upper case, and the key may be wrapped over
 * all lines after the second or be missing, in which case it has to come from `priv.key`.
 *
 * Throws a `TextFileError`: `missing-line` when there are less than two lines; `empty-name`,
 * `name-too-long` and `not-one-line` as `checkUserName()`; `bad-uuid`; `bad-base64` and
 * `bad-private-key` as `parsePrivateKeyText()`; and what `decodeText()` throws.
 */
export function parseMeInfo(bytes: Uint8Array, { anyId = false }: MeInfoOptions = {}): MeInfo {
  const [nameLine, idLine, ...keyLines] = lines(decodeText(bytes));
  if (nameLine === undefined || idLine === undefined) {
    throw new TextFileError(
      "missing-line",
      `${nameLine === undefined ? "The file is empty" : "Line 2, the client id, is missing"}; ` +
        REMEDY,
    );
  }
  const name = withoutPadding(nameLine);
  checkUserName(name);
  const clientId = parseClientId(idLine.trim(), anyId);
  if (keyLines.length === 0) return { name, clientId };
  return { name, clientId, privateKey: parsePrivateKeyText(keyLines.join("\n")) };
}

/**
 * The content of a `me.info` with this information, to be written as UTF-8: the name, the id as 32
 * lower-case hex digits and, when there is one, the key as one line of base64.
 *
 * Throws what `checkUserName()` and `formatPrivateKey()` throw, and `bad-uuid` when the id has not
 * 16 bytes.
 */
export function formatMeInfo({ name, clientId, privateKey }: MeInfo): string {
  checkUserName(name);
  if (clientId.length !== CLIENT_ID_LENGTH) {
    throw new TextFileError(
      "bad-uuid",
      `A client id of ${clientId.length} bytes cannot be written; give ${CLIENT_ID_LENGTH} bytes`,
    );
  }
  const key = privateKey === undefined ? "" : formatPrivateKey(privateKey);
  return `${name}\n${toHex(clientId)}\n${key}`;
}

/** The name on a line that may be a whole name field of the protocol, padded on either side. */
function withoutPadding(line: string): string {
  const [name = ""] = line.replace(/^\0+/, "").split("\0", 1);
  return name.trimEnd();
}

function parseClientId(text: string, anyId: boolean): ClientId {
  const id = fromHex(anyId ? text.replaceAll(/[\s{}-]/g, "") : text);
  if (id?.byteLength !== CLIENT_ID_LENGTH) {
    throw new TextFileError(
      "bad-uuid",
      `The client id ${quoted(text)} is not 32 hexadecimal digits; ${REMEDY}`,
    );
  }
  return clientIdOf(id);
}
