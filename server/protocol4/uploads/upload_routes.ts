import { ProblemError } from "../../../shared/protocol4/problem.ts";
import {
  parseUploadMetadata,
  type UploadMetadata,
} from "../../../shared/protocol4/resources/upload_metadata.ts";
import { fromHex, toHex } from "../../../shared/text/encodings.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import type { Precondition, Tree } from "../../storage/trees/tree.ts";
import type { CommittedUpload, Upload, UploadKey } from "../../storage/trees/uploads.ts";
import { preconditionOf } from "../files/preconditions.ts";
import { modeOf } from "../files/sent_metadata.ts";
import { withReservation } from "../files/reserve_at.ts";
import { plainPath, treePathOfText } from "../files/tree_path.ts";
import { jsonAnswer } from "../http/answers.ts";
import { bodyOf } from "../http/counted_stream.ts";
import { type Exchange, logOf } from "../http/exchange.ts";
import type { Route } from "../http/router.ts";
import {
  expectTusVersion,
  hasBytes,
  OFFSET_TYPE,
  TUS_EXTENSIONS,
  TUS_VERSION,
  uploadLength,
  uploadOffset,
} from "../http/tus.ts";
import { authenticate, type Client, expectToken } from "../identity/authenticate.ts";
import { appendBody, type AppendParts } from "./append_body.ts";
import { type ClientHash, clientHash } from "./client_hash.ts";
import { commitUpload } from "./commit_upload.ts";
import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import { metadataHeader, uploadHeaders, uploadJson } from "./upload_json.ts";

/** Where uploads lie. */
export const UPLOADS = "/v4/uploads";

export interface UploadRoutesParts extends AppendParts {
  readonly accounts: Accounts;
  readonly tree: Tree;
}

/** An upload that a request is about. */
interface About {
  readonly client: Client;
  readonly key: UploadKey;
  readonly upload: Upload;
}

/** `/v4/uploads` by tus 1.0, with leaves and commit. */
export function uploadRoutes(parts: UploadRoutesParts): readonly Route[] {
  const { accounts, uploads, live, fileSize } = parts;

  function options(): Response {
    const headers = {
      "tus-version": TUS_VERSION,
      "tus-extension": TUS_EXTENSIONS,
      "tus-max-size": String(fileSize),
    };
    return new Response(null, { status: 204, headers });
  }

  /** Throws a `ProblemError` unless it is an upload of the client that asks. */
  async function about(exchange: Exchange, id: string): Promise<About> {
    const client = await authenticate(exchange, { accounts, action: "create" });
    const key = { clientId: client.id, id };
    const upload = /^[0-9a-f]{32}$/.test(id) ? await uploads.find(key) : undefined;
    if (upload === undefined) throw new ProblemError("upload-unknown");
    return { client, key, upload };
  }

  async function list(exchange: Exchange): Promise<Response> {
    const { id } = await authenticate(exchange, { accounts, action: "read" });
    return jsonAnswer({ uploads: (await uploads.list(id)).map(uploadJson) });
  }

  async function create(exchange: Exchange): Promise<Response> {
    const { headers } = exchange.request;
    const client = await authenticate(exchange, { accounts, action: "create" });
    expectTusVersion(headers);
    const size = uploadLength(headers);
    const deferred = headers.get("upload-defer-length") === "1";
    if ((size === undefined) !== deferred) {
      throw new ProblemError("bad-request", "Give Upload-Length, or Upload-Defer-Length: 1");
    }
    expectSize(size);
    const plan = planOf(parseUploadMetadata(headers.get("upload-metadata") ?? ""));
    const of = { client, path: plan.path, precondition: undefined };
    // Whether there is room is asked once more when bytes come, and when it is recorded.
    await withReservation(parts, { ...of, size: size ?? 0 }, () => Promise.resolve());
    const { upload, parked } = await uploads.create({
      ...{ ...plan, clientId: client.id },
      ...(size !== undefined && { size }),
    });
    parts.counters.add(parked ? "uploads-resumed" : "uploads-created");
    const about = { client, key: { clientId: client.id, id: upload.id }, upload };
    const location = { location: `${UPLOADS}/${upload.id}` };
    const status = parked ? 200 : 201;
    // The bytes that come with the request are the first of the file: of an upload that has some,
    // the client is told how many, and goes on from there.
    if (hasBytes(headers) && upload.offset === 0) {
      const answer = await appended(exchange, { ...about, offset: 0 });
      return new Response(null, { status, headers: { ...location, ...answer } });
    }
    const committed = size === 0 ? await committedHeaders(exchange, about) : {};
    const answer = { ...uploadHeaders(upload), ...location, ...committed };
    return new Response(null, { status, headers: answer });
  }

  async function head(exchange: Exchange): Promise<Response> {
    expectTusVersion(exchange.request.headers);
    const { upload } = await about(exchange, exchange.rawPath);
    const { committed } = upload;
    const headers = {
      ...uploadHeaders(upload),
      "upload-metadata": metadataHeader(upload),
      ...(committed !== undefined && { etag: etagOf(committed) }),
    };
    return new Response(null, { headers });
  }

  async function patch(exchange: Exchange): Promise<Response> {
    const { headers } = exchange.request;
    expectTusVersion(headers);
    const { client, key, upload } = await about(exchange, exchange.rawPath);
    if (!hasBytes(headers)) throw new ProblemError("wrong-media-type", OFFSET_TYPE);
    const offset = uploadOffset(headers);
    const size = uploadLength(headers);
    if (upload.committed !== undefined) {
      // The answer to the last bytes was lost.
      if (offset === upload.offset) return patched(committedAnswer(upload, upload.committed));
      throw new ProblemError("offset-mismatch", "It is committed", { offset: upload.offset });
    }
    expectSize(size);
    if (size !== undefined) await uploads.setSize(key, size);
    const sized = size === undefined ? upload : { ...upload, size };
    return patched(await appended(exchange, { client, key, upload: sized, offset }));
  }

  /** Appends the body, and commits what is complete. Returns the headers of the answer. */
  async function appended(
    exchange: Exchange,
    { client, key, upload, offset }: About & { readonly offset: number },
  ): Promise<Record<string, string>> {
    const { request, peer } = exchange;
    const expectAllowed = () => expectToken(exchange, { accounts });
    const body = { client, upload, offset, request, peer, expectAllowed };
    const reached = await appendBody(parts, body);
    const now = { ...upload, offset: reached };
    const committed = reached === upload.size
      ? await committedHeaders(exchange, { client, key, upload: now })
      : {};
    return { ...uploadHeaders(now), ...committed };
  }

  /** Commits an upload that is complete, unless its client does so by itself. */
  async function committedHeaders(
    exchange: Exchange,
    { client, key, upload }: About,
  ): Promise<Record<string, string>> {
    if (exchange.request.headers.get("x-commit") === "later") return {};
    const committed = await commit(exchange, { client, key, upload, claimed: undefined });
    return committedAnswer(upload, committed);
  }

  async function commit(
    exchange: Exchange,
    { client, key, upload, claimed }: About & { readonly claimed: ClientHash | undefined },
  ): Promise<CommittedUpload> {
    const precondition = preconditionOf(exchange.request.headers, client);
    using _pinned = exchange.peer.pin();
    const log = logOf(exchange, client);
    const { path, committed } = upload;
    const work = (upload: Upload, precondition: Precondition | undefined) =>
      commitUpload(parts, { key, upload, claimed, precondition, log });
    if (committed !== undefined) return await work(upload, precondition);
    const wanted = { client, path, size: 0, isStored: true, precondition };
    try {
      return await withReservation(
        parts,
        wanted,
        (reserved) => work(upload, reserved.precondition),
      );
    } catch (error) {
      // A client that lost the connection asks again while the first request is worked on: once
      // that has committed the upload, its leaves are gone, and its path is taken.
      const now = await uploads.find(key).catch(() => undefined);
      if (now?.committed === undefined) throw error;
      return await work(now, precondition);
    }
  }

  async function remove(exchange: Exchange): Promise<Response> {
    expectTusVersion(exchange.request.headers);
    const { key } = await about(exchange, exchange.rawPath);
    live.end(key.id);
    await uploads.remove(key);
    return new Response(null, { status: 204 });
  }

  async function below(exchange: Exchange): Promise<Response> {
    const [id = "", what, ...more] = exchange.rawPath.split("/");
    const { method } = exchange.request;
    if (more.length > 0) throw new ProblemError("no-resource");
    if (what === "leaves" && method === "GET") return await leaves(exchange, id);
    if (what === "commit" && method === "POST") return await commitRequest(exchange, id);
    throw new ProblemError(what === undefined ? "method-not-allowed" : "no-resource");
  }

  async function leaves(exchange: Exchange, id: string): Promise<Response> {
    const { key } = await about(exchange, id);
    const headers = { "content-type": "application/octet-stream" };
    const found = await uploads.leaves(key);
    const { lasts, peer: { left } } = exchange;
    return new Response(await bodyOf(found, { lasts, left }), { headers });
  }

  async function commitRequest(exchange: Exchange, id: string): Promise<Response> {
    const found = await about(exchange, id);
    const claimed = await clientHash(exchange.request, parts);
    // Its token may have been revoked while the leaves came.
    await expectToken(exchange, { accounts });
    const committed = await commit(exchange, { ...found, claimed });
    const { path, size, tree } = committed;
    const answer = { path: plainPath(path), size, tree: toHex(tree) };
    return jsonAnswer(answer, { headers: { etag: etagOf(committed) } });
  }

  function expectSize(size: number | undefined): void {
    if (size === undefined || size <= fileSize) return;
    throw new ProblemError("file-too-large", `A file may have ${fileSize} bytes`, { fileSize });
  }

  return [
    { path: UPLOADS, resource: { GET: list, OPTIONS: options, POST: create } },
    {
      path: UPLOADS,
      below: true,
      resource: {
        ...{ GET: below, POST: below, HEAD: head, PATCH: patch, DELETE: remove },
        OPTIONS: options,
      },
    },
  ];
}

function patched(headers: Record<string, string>): Response {
  return new Response(null, { status: 204, headers });
}

function committedAnswer(upload: Upload, committed: CommittedUpload): Record<string, string> {
  return { ...uploadHeaders({ ...upload, committed }), etag: etagOf(committed) };
}

function etagOf({ size, tree }: CommittedUpload): string {
  return formatETag({ size, root: tree });
}

/** What the metadata says of the file. */
function planOf({ path, mtime, mode, tree, link }: UploadMetadata) {
  if (link !== undefined) {
    throw new ProblemError("bad-metadata", "A symbolic link has no contents to upload");
  }
  const root = tree === undefined ? undefined : fromHex(tree);
  return {
    path: treePathOfText(path),
    ...(mtime !== undefined && { mtime }),
    ...modeOf(mode),
    ...(root !== undefined && { tree: root }),
  };
}
