import { nameKey } from "../../../shared/names/name_key.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import type { RemoteEntry } from "../../remote/remote_files.ts";
import type { AnswerBody } from "../connection/answer_body.ts";
import { badAnswer } from "../connection/errors.ts";
import {
  isTimeText,
  parseMode,
  timeMilliseconds,
} from "../../../shared/protocol4/resources/file_times.ts";
import { formatETag, formatLinkTag, parseETag } from "../../../shared/protocol4/tree/etag.ts";

/** Entries on a page of a list: as many as a server gives. */
export const ON_PAGE = 1_000;

/** The most entries of a list: what a server says may have no end. */
const MOST_ENTRIES = 10_000_000;

/** The most bytes of a line: a path and a target of 4 KiB each, which JSON may escape. */
const MAX_LINE: number = 64 * 1024;

/** Bytes that are read at once: what a record of TLS has at the most. */
const READ = 16 * 1024;

/** Which folder is listed, and how. */
export interface Listing {
  readonly path: readonly string[];
  /** Whether everything below it is listed too. */
  readonly recursive: boolean;
  /** Asks for the page behind a path, the first one behind undefined. */
  readonly page: (after: string | undefined) => Promise<AnswerBody>;
}

/**
 * The entries of a folder, page by page. Throws a `ClientError`, `bad-answer`: for an entry that is
 * not below the folder, for pages that come again, and for more than a list may have.
 */
export async function* listEntries(
  { path, recursive, page }: Listing,
): AsyncGenerator<RemoteEntry> {
  let after: string | undefined;
  // Pages that come again are found whatever number of them makes the circle (Brent's algorithm).
  let mark: string | undefined;
  let [pages, until] = [0, 1];
  for (let count = 0;;) {
    const entries = await entriesOf(await page(after));
    count += entries.length;
    if (count > MOST_ENTRIES) throw badAnswer(`lists more than ${MOST_ENTRIES} entries`);
    for (const entry of entries) expectBelow(entry, { path, recursive });
    yield* entries;
    if (entries.length < ON_PAGE) return;
    after = entries.at(-1)?.path.join("/");
    if (after === mark) throw badAnswer("lists the same again and again");
    if (++pages === until) {
      mark = after;
      [pages, until] = [0, 2 * until];
    }
  }
}

/** Whether two names are one on a server, which may write one in another way than the client. */
function isSameName(a: string, b: string): boolean {
  return a === b || nameKey(a) === nameKey(b);
}

function expectBelow(
  entry: RemoteEntry,
  { path, recursive }: Pick<Listing, "path" | "recursive">,
): void {
  const depth = entry.path.length - path.length;
  const isBelow = (recursive ? depth >= 1 : depth === 1) &&
    path.every((name, at) => isSameName(name, entry.path[at] ?? ""));
  if (isBelow) return;
  throw badAnswer(
    `lists ${quoted(entry.path.join("/"))}, which is not in the folder that was asked for`,
  );
}

/** The entries of a page, which has to come within the timeout. */
async function entriesOf(body: AnswerBody): Promise<readonly RemoteEntry[]> {
  using _limit = body.limited();
  const entries: RemoteEntry[] = [];
  const line = new Uint8Array(MAX_LINE);
  const buffer = new Uint8Array(READ);
  let filled = 0;
  const add = (bytes: Uint8Array) => {
    if (filled + bytes.byteLength > MAX_LINE) throw badAnswer("lists an entry that is too long");
    line.set(bytes, filled);
    filled += bytes.byteLength;
  };
  const end = () => {
    if (entries.length === ON_PAGE) throw badAnswer("lists more entries than were asked for");
    entries.push(entryOf(parsed(line.subarray(0, filled))));
    filled = 0;
  };
  try {
    for (let size = await body.read(buffer); size !== undefined; size = await body.read(buffer)) {
      let at = 0;
      for (let next; (next = buffer.subarray(0, size).indexOf(0x0a, at)) >= 0; at = next + 1) {
        add(buffer.subarray(at, next));
        end();
      }
      add(buffer.subarray(at, size));
    }
    if (filled > 0) end();
    return entries;
  } finally {
    body.cancel();
  }
}

function parsed(line: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(line) ?? "");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw badAnswer("lists an entry that is no JSON");
  }
}

/** The most characters of a path or a target. */
const MAX_TEXT = 4 * 4096;

/** The entry in a line of a list, by JSON. Throws a `ClientError`, `bad-answer`. */
export function entryOf(value: unknown): RemoteEntry {
  if (typeof value !== "object" || value === null) throw bad("that is no object");
  const { path, kind, size, tree, target, mtime, mode }: Record<string, unknown> = { ...value };
  if (typeof path !== "string" || path.length > MAX_TEXT) throw bad("without a path");
  const base = {
    path: path === "" ? [] : path.split("/"),
    ...(typeof mtime === "string" && isTimeText(mtime) && { modified: timeMilliseconds(mtime) }),
    ...modeOf(mode),
  };
  if (kind === "folder") return { ...base, kind };
  if (kind === "link") {
    if (typeof target !== "string" || target.length > MAX_TEXT) throw bad("without a target");
    return { ...base, kind, target, tag: formatLinkTag(target) };
  }
  const tag = kind === "file" ? parseETag(`"${size}-${tree}"`) : undefined;
  if (tag === undefined) throw bad("of a kind that is not known");
  return { ...base, kind: "file", size: tag.size, tag: formatETag(tag) };
}

function modeOf(mode: unknown): { readonly mode?: number } {
  const parsed = typeof mode === "string" ? parseMode(mode) : undefined;
  return parsed === undefined ? {} : { mode: parsed };
}

function bad(what: string): Error {
  return badAnswer(`lists an entry ${what}`);
}
