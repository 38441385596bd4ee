import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { shortPath } from "../../../shared/text/quoted.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import type { Recorded } from "../../storage/trees/tree.ts";
import { jsonAnswer } from "../http/answers.ts";
import { type Exchange, logOf, rawTarget, type Resource } from "../http/exchange.ts";
import type { Route } from "../http/router.ts";
import { type Action, authenticate, expectToken } from "../identity/authenticate.ts";
import { download, type DownloadParts } from "./download.ts";
import { entryJson } from "./entry_json.ts";
import { listFolder } from "./list_folder.ts";
import { etagText, preconditionOf } from "./preconditions.ts";
import { putFile, type PutParts } from "./put_file.ts";
import { recordOnce } from "./repeated_change.ts";
import { withReservation } from "./reserve_at.ts";
import { sentMetadata } from "./sent_metadata.ts";
import { treePath } from "./tree_path.ts";

/** Where the tree of a client lies. */
export const FILES = "/v4/files";

export interface FileRoutesParts extends DownloadParts, PutParts {
  readonly accounts: Accounts;
}

/** `/v4/files/PATH`: GET, HEAD, PUT, MKCOL, DELETE and MOVE. */
export function fileRoutes(parts: FileRoutesParts): readonly Route[] {
  const { accounts, tree, quota } = parts;

  /** The client is authenticated first: no other learns whether a path is one. */
  async function about(exchange: Exchange, action: Action) {
    const client = await authenticate(exchange, { accounts, action });
    const { request, peer, rawPath, lasts } = exchange;
    const log = logOf(exchange, client);
    return { client, clientId: client.id, path: treePath(rawPath), request, peer, log, lasts };
  }

  async function get(exchange: Exchange): Promise<Response> {
    const asked = await about(exchange, "read");
    const { query } = exchange;
    if (query.has("list")) return await listFolder(tree, { ...asked, query });
    if (query.has("entry")) {
      const entry = await tree.entry(asked.clientId, asked.path);
      if (entry === undefined) throw new ProblemError("not-found");
      return jsonAnswer(entryJson(entry));
    }
    return await download(parts, asked);
  }

  async function put(exchange: Exchange): Promise<Response> {
    const asked = await about(exchange, "create");
    const precondition = preconditionOf(exchange.request.headers, asked.client);
    const expectAllowed = () => expectToken(exchange, { accounts });
    return recordedAnswer(await putFile(parts, { ...asked, precondition, expectAllowed }));
  }

  async function makeFolder(exchange: Exchange): Promise<Response> {
    const { client, path, request: { headers }, log } = await about(exchange, "create");
    expectNoBody(exchange.request);
    const precondition = preconditionOf(headers, client);
    // A folder counts as a file does: it takes a row.
    const recorded = await withReservation(
      { quota, tree },
      { client, path, size: 0, precondition },
      (reserved) =>
        recordOnce(tree, client.id, {
          ...{ kind: "folder", path },
          ...sentMetadata(headers),
          ...(reserved.precondition !== undefined && { precondition: reserved.precondition }),
        }),
    );
    if (recorded.replaced === undefined) {
      log.info("Made the folder {file}", { file: shortPath(path) });
    }
    return recordedAnswer(recorded);
  }

  async function remove(exchange: Exchange): Promise<Response> {
    const { clientId, path, request: { headers }, log } = await about(exchange, "change");
    const precondition = preconditionOf(headers);
    const recursive = headers.get("depth")?.toLowerCase() === "infinity";
    const removal = { clientId, path, recursive };
    await tree.remove({ ...removal, ...(precondition !== undefined && { precondition }) });
    log.info("Removed {file}", { file: shortPath(path) });
    return new Response(null, { status: 204 });
  }

  async function move(exchange: Exchange): Promise<Response> {
    const { clientId, path, request: { headers }, log } = await about(exchange, "change");
    const to = destinationOf(headers.get("destination"));
    const precondition = preconditionOf(headers);
    const replace = headers.get("overwrite")?.toUpperCase() === "T";
    const recorded = await tree.move({
      ...{ clientId, from: path, to, replace },
      ...(precondition !== undefined && { precondition }),
    });
    log.info("Moved {file} to {destination}", {
      file: shortPath(path),
      destination: shortPath(to),
    });
    return recordedAnswer(recorded);
  }

  const resource: Resource = {
    GET: get,
    HEAD: get,
    PUT: put,
    MKCOL: makeFolder,
    DELETE: remove,
    MOVE: move,
  };
  return [{ path: FILES, resource }, { path: FILES, below: true, resource }];
}

/** 201 if there is something new, 200 if it is in the place of another. */
function recordedAnswer({ entry, replaced }: Recorded): Response {
  const headers = entry.kind === "file" ? { etag: etagText(entry) } : {};
  return jsonAnswer(entryJson(entry), { status: replaced === undefined ? 201 : 200, headers });
}

/** The path in the tree that a `Destination` names: a path of the resource, or the URL of one. */
function destinationOf(header: string | null): string {
  const url = header?.startsWith("/") ? `http://host${header}` : header ?? "";
  const { path } = rawTarget(url);
  if (path.startsWith(`${FILES}/`)) return treePath(path.slice(FILES.length + 1));
  throw new ProblemError("bad-request", `Destination has to be a path below ${FILES}/`);
}

function expectNoBody({ headers }: Request): void {
  if ((headers.get("content-length") ?? "0") === "0" && !headers.has("transfer-encoding")) return;
  throw new ProblemError("wrong-media-type", "A folder is made without a body");
}
