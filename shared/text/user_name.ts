import { quoted } from "./quoted.ts";
import { checkLine, TextFileError } from "./text.ts";

/**
 * The most characters a user name may have, in Unicode code points. It is the limit of the client's
 * configuration file; the field of the protocol would hold 254.
 */
export const MAX_NAME_LENGTH: number = 100;

/**
 * Checks that `name` can be written to `transfer.info` and `me.info`: a line of 1 to 100 characters
 * of any script.
 *
 * Throws `empty-name` when there is none but blanks, `name-too-long`, and `not-one-line` for line
 * breaks, NULs and blanks at the end.
 */
export function checkUserName(name: string): void {
  if (name.trim() === "") {
    throw new TextFileError(
      "empty-name",
      `The user name is empty; give one of 1 to ${MAX_NAME_LENGTH} characters`,
    );
  }
  const length = [...name].length;
  if (length > MAX_NAME_LENGTH) {
    throw new TextFileError(
      "name-too-long",
      `The user name ${
        quoted(name)
      } has ${length} characters; give one of at most ${MAX_NAME_LENGTH}`,
    );
  }
  checkLine(name, "user name");
}

/**
 * Checks that `name` can be sent: what `checkUserName()` asks, and only printable ASCII (0x20 to
 * 0x7E), because the name field of the protocol is ASCII.
 *
 * A name that passes can be written to `me.info` after the server has accepted it.
 *
 * Throws as `checkUserName()` does, and `name-not-ascii` for any other character.
 */
export function checkAsciiName(name: string): void {
  checkUserName(name);
  if (!/^[\x20-\x7e]*$/.test(name)) {
    throw new TextFileError(
      "name-not-ascii",
      `The user name ${quoted(name)} cannot be sent; ` +
        "give one of unaccented Latin letters, digits, blanks and punctuation",
    );
  }
}
