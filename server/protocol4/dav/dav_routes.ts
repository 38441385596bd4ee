import { ProblemError } from "../../../shared/protocol4/problem.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import type { EntriesPage, Entry, Tree } from "../../storage/trees/tree.ts";
import { download, type DownloadParts } from "../files/download.ts";
import { listedEntries } from "../files/listed_entries.ts";
import { treePath } from "../files/tree_path.ts";
import { bodyOf } from "../http/counted_stream.ts";
import { type Exchange, logOf, type Resource } from "../http/exchange.ts";
import type { Route } from "../http/router.ts";
import { authenticate } from "../identity/authenticate.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import { type Listed, MULTISTATUS_BEGIN, MULTISTATUS_END, responseElement } from "./multistatus.ts";

/** Where WebDAV clients find the tree. */
export const DAV = "/dav";

const HEADERS = { dav: "1", allow: "GET, HEAD, OPTIONS, PROPFIND" } as const;

export interface DavRoutesParts extends DownloadParts {
  readonly accounts: Accounts;
}

/** `/dav/`: the tree of a client for WebDAV (RFC 4918), to be read and not changed. */
export function davRoutes(parts: DavRoutesParts): readonly Route[] {
  const { accounts, tree } = parts;

  function options(): Response {
    return new Response(null, { status: 204, headers: HEADERS });
  }

  async function get(exchange: Exchange): Promise<Response> {
    const { request, peer, rawPath, lasts } = exchange;
    const client = await authenticate(exchange, { accounts, action: "read" });
    const log = logOf(exchange, client);
    const path = treePath(rawPath);
    return await download(parts, { clientId: client.id, path, request, peer, log, lasts });
  }

  async function find(exchange: Exchange): Promise<Response> {
    const { request: { headers }, rawPath, peer, lasts } = exchange;
    const { id: clientId } = await authenticate(exchange, { accounts, action: "read" });
    const path = treePath(rawPath);
    const depth = headers.get("depth") ?? "infinity";
    if (depth !== "0" && depth !== "1") {
      throw new ProblemError("scope-too-narrow", "PROPFIND goes one level deep: give Depth: 1");
    }
    const entry = path === "" ? undefined : await tree.entry(clientId, path);
    if (path !== "" && entry === undefined) throw new ProblemError("not-found");
    const self = listedOf(entry);
    if (self === "link") throw new ProblemError("not-found");
    const isFolder = self === undefined || self.kind === "folder";
    const page = isFolder && depth === "1" ? { clientId, path } : undefined;
    const body = multistatus({ tree, self, page, peer });
    return new Response(await bodyOf(body, { lasts, left: peer.left }), {
      status: 207,
      headers: { "content-type": "application/xml; charset=utf-8" },
    });
  }

  const resource: Resource = { GET: get, HEAD: get, OPTIONS: options, PROPFIND: find };
  return [{ path: DAV, resource }, { path: DAV, below: true, resource }];
}

/** The body of a 207, some entries at a time, so that no folder has to be in memory. */
async function* multistatus({ tree, self, page, peer }: {
  readonly tree: Tree;
  readonly self: Listed;
  /** The folder whose entries are listed too. */
  readonly page: Pick<EntriesPage, "clientId" | "path"> | undefined;
  readonly peer: Pick<Peer, "awaitTurn">;
}): AsyncGenerator<Uint8Array> {
  const utf8 = new TextEncoder();
  yield utf8.encode(MULTISTATUS_BEGIN + responseElement(self, DAV));
  const pieces = page === undefined
    ? []
    : listedEntries(tree, { ...page, awaitTurn: peer.awaitTurn });
  for await (const entries of pieces) {
    const listed = entries.map(listedOf).filter((each) => each !== "link");
    const lines = listed.map((each) => responseElement(each, DAV));
    if (lines.length > 0) yield utf8.encode(lines.join(""));
  }
  yield utf8.encode(MULTISTATUS_END);
}

/** Symbolic links are no resources of WebDAV. */
function listedOf(entry: Entry | undefined): Listed | "link" {
  return entry?.kind === "link" ? "link" : entry;
}
