/** A connection is kept from being evicted while what came over it is committed. */

import { equal } from "node:assert/strict";
import { encodeFrame } from "../../shared/protocol4/batch/frame.ts";
import { blockHashNow } from "../../shared/protocol4/tree/leaf_stack.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { joined } from "../../shared/wire/bytes.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

const CONTENT = new TextEncoder().encode("What is to be kept");

/** Has the next call of a method wait before its work, in which nothing can be evicted. */
function heldUp<Name extends string>(
  object: { [name in Name]: (...args: never[]) => Promise<unknown> },
  name: Name,
) {
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const method = object[name].bind(object);
  object[name] = async (...args: never[]) => {
    begun.resolve();
    await goOn.promise;
    return await method(...args);
  };
  return { begun: begun.promise, goOn: () => goOn.resolve() };
}

/** A request with something to commit, and what commits it. */
interface Committing {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly holdUp: (served: ServedApplication) => ReturnType<typeof heldUp>;
}

const LEAVES = { "content-type": "application/octet-stream" };
const TUS = { "tus-resumable": "1.0.0" };
const METADATA = { path: "batch", mtime: "1700000000000000000", mode: "644" };

/** A new upload of these contents; `at` is its path. */
async function upload(
  ask: (one: Omit<Committing, "holdUp">) => Promise<Response>,
): Promise<string> {
  const headers = { ...TUS, "upload-length": `${CONTENT.byteLength}` };
  const metadata = { "upload-metadata": `path ${btoa("upload")}` };
  const made = await ask({
    method: "POST",
    path: "/v4/uploads",
    headers: { ...headers, ...metadata },
  });
  await made.body?.cancel();
  equal(made.status, 201);
  return made.headers.get("location") ?? "";
}

const PATCH = {
  ...TUS,
  "content-type": "application/offset+octet-stream",
  "upload-offset": "0",
  "x-commit": "later",
};

Deno.test("a connection is kept while what came over it is committed", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const ask = ({ method, path, headers = {}, body }: Omit<Committing, "holdUp">) =>
    fetch(`${served.url}${path}`, {
      method,
      headers: { ...headers, authorization: `Bearer ${token}` },
      ...(body && { body }),
    });
  const at = await upload(ask);
  const frame = encodeFrame({
    ...{ type: "file", id: 1, metadata: METADATA, content: CONTENT } as const,
    sha256: blockHashNow(CONTENT),
  });
  const requests: readonly Committing[] = [
    {
      ...{ method: "PUT", path: "/v4/files/put", body: CONTENT },
      holdUp: ({ storage: { tree } }) => heldUp(tree, "record"),
    },
    {
      ...{ method: "POST", path: "/v4/batch", body: joined(frame, encodeFrame({ type: "flush" })) },
      holdUp: ({ storage: { tree } }) => heldUp(tree, "recordAll"),
    },
    {
      ...{ method: "PATCH", path: at, headers: PATCH, body: CONTENT },
      holdUp: ({ storage: { uploads } }) => {
        const open = uploads.open.bind(uploads);
        const ending = Promise.withResolvers<ReturnType<typeof heldUp>>();
        uploads.open = async (key) => {
          const opened = await open(key);
          ending.resolve(heldUp(opened, "end"));
          return opened;
        };
        return {
          begun: ending.promise.then(({ begun }) => begun),
          goOn: () => void ending.promise.then(({ goOn }) => goOn()),
        };
      },
    },
    {
      ...{ method: "POST", path: `${at}/commit`, headers: { ...TUS, ...LEAVES } },
      body: blockHashNow(CONTENT),
      holdUp: ({ storage: { uploads } }) => heldUp(uploads, "commit"),
    },
  ];
  for (const { holdUp, ...request } of requests) {
    const { begun, goOn } = holdUp(served);
    const answering = ask(request);
    // One that commits nothing is answered.
    await Promise.race([begun, answering]);
    const holds = served.holds();
    goOn();
    equal(holds, 1, request.path);
    const answer = await answering;
    await answer.arrayBuffer();
    equal(Math.floor(answer.status / 100), 2, `${request.path}: ${answer.status}`);
    equal(served.holds(), 0, request.path);
  }
  const { files } = (await served.storage.catalog.usage(NO_CLIENT_ID)).all;
  equal(files, 3);
});
