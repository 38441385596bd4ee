import { nameKey } from "../../shared/names/name_key.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { type ClientError, localError } from "../client_error.ts";

/**
 * The names in a path on the server, as a user writes it: from the root, with or without `/` at
 * either end; none for `/` and `.`. Throws a `ClientError`, `bad-setting`, for `..` and for a path
 * with a character that no name has.
 */
export function parseRemotePath(text: string): readonly string[] {
  const names = text.split("/").filter((name) => name !== "" && name !== ".");
  if (names.includes("..")) throw bad(text, "with ..; write it from the root");
  if (text.includes("\0") || !text.isWellFormed()) throw bad(text, "that no file can have");
  return names;
}

/** A path for a person, from the root and without a slash in front. */
export function shownPath(path: readonly string[]): string {
  return path.length === 0 ? "/" : path.join("/");
}

/** What all paths have in common that are one on a server: in any case and Unicode form. */
export function pathKey(path: readonly string[]): string {
  return path.map(nameKey).join("/");
}

function bad(text: string, why: string): ClientError {
  return localError("bad-setting", `${quoted(text)} is a path ${why}`);
}
