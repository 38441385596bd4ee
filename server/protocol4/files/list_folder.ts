import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { ENTRIES_ON_PAGE, type EntriesPage, type Tree } from "../../storage/trees/tree.ts";
import { bodyOf } from "../http/counted_stream.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import { entryJson } from "./entry_json.ts";
import { listedEntries } from "./listed_entries.ts";
import { treePathOfText } from "./tree_path.ts";

/** The most entries on a page. */
export const MOST_ON_PAGE = 1_000;

/**
 * The answer to `?list`: a page of a folder's entries, one JSON object a line, from the one behind
 * `after`. `recursive` lists what is below too, `limit` says how many. A page with fewer is the
 * last. Throws a `ProblemError`, `PathError`, and the errors of the tree.
 */
export async function listFolder(
  tree: Tree,
  { clientId, path, query, request: { method }, peer, lasts }: {
    readonly clientId: ClientId;
    /** The folder's path in the tree. */
    readonly path: string;
    readonly query: URLSearchParams;
    readonly request: Pick<Request, "method">;
    readonly peer: Pick<Peer, "awaitTurn" | "left">;
    /** See `Exchange.lasts`. */
    readonly lasts: Exchange["lasts"];
  },
): Promise<Response> {
  const limit = limitOf(query.get("limit"));
  const after = afterOf(query.get("after"), path);
  const lines = linesOf(tree, {
    ...{ clientId, path, limit, recursive: query.has("recursive"), awaitTurn: peer.awaitTurn },
    ...(after !== undefined && { after }),
  });
  const found = method === "HEAD" ? noneOf(lines) : bodyOf(lines, { lasts, left: peer.left });
  const body = await found.catch((error: unknown) => {
    if (!(error instanceof StorageError) || error.reason !== "path-not-a-folder") throw error;
    throw new ProblemError("is-file", "A file has no list");
  });
  return new Response(body, { headers: { "content-type": "application/x-ndjson" } });
}

/** Fails as the list would. */
async function noneOf(lines: AsyncGenerator<unknown>): Promise<null> {
  await lines.next();
  await lines.return(undefined);
  return null;
}

async function* linesOf(
  tree: Tree,
  page: EntriesPage & Pick<Peer, "awaitTurn">,
): AsyncGenerator<Uint8Array> {
  const utf8 = new TextEncoder();
  for await (const entries of listedEntries(tree, page)) {
    yield utf8.encode(entries.map((entry) => `${JSON.stringify(entryJson(entry))}\n`).join(""));
  }
}

/** Throws a `ProblemError` for a path that is not below the folder at `path`. */
function afterOf(text: string | null, path: string): string | undefined {
  if (text === null) return undefined;
  const after = treePathOfText(text);
  // As the storage has it: names that some system takes for one are one.
  const [keys, folder] = [after, path].map((each) => each.split("/").map(nameKey));
  const isBelow = path === "" || folder?.every((key, at) => key === keys?.[at]);
  if (isBelow) return after;
  throw new ProblemError("bad-request", "after has to be the path of an entry below the folder");
}

function limitOf(text: string | null): number {
  if (text === null) return ENTRIES_ON_PAGE;
  const limit = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Infinity;
  if (limit <= MOST_ON_PAGE) return limit;
  throw new ProblemError("bad-request", `The limit has to be from 1 to ${MOST_ON_PAGE}`);
}
