/** A change that is sent again with its condition, since the answer to the first one was lost. */

import { deepEqual, equal } from "node:assert/strict";
import { ask, contents, MIB, outcome, tagOf } from "./fixtures/asked_files.ts";
import { formatUploadMetadata } from "../../shared/protocol4/resources/upload_metadata.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

const NOTHING_THERE = { "if-none-match": "*" };

Deno.test("a PUT that is repeated with its condition says that the file is there", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const shown = async (path: string) =>
    await (await ask(served, maya, { path: `${path}?entry` })).json();
  for (const size of [0, 5, 2 * MIB + 3]) {
    const [path, body] = [`/${size}`, contents(size)];
    const headers = { ...NOTHING_THERE, "x-mtime": "1700000000000000000", "x-mode": "640" };
    const put = (other: Record<string, string> = {}, bytes = body) =>
      ask(served, maya, { method: "PUT", path, headers: { ...headers, ...other }, body: bytes });
    equal(await outcome(put()), "201");
    const before = await shown(path);
    const again = await put();
    deepEqual([again.status, again.headers.get("etag")], [200, tagOf(body)]);
    deepEqual(await again.json(), before);
    deepEqual(await shown(path), before);
    // What asked for another time, mode, size or contents did not make it.
    const refused = "412 precondition-failed";
    equal(await outcome(put({ "x-mtime": "1700000000000000001" })), refused);
    equal(await outcome(put({ "x-mode": "600" })), refused);
    equal(await outcome(put({}, contents(size + 1))), refused);
    if (size > 0) equal(await outcome(put({}, body.with(size - 1, 255))), refused);
    deepEqual(await shown(path), before);
  }
  equal(served.counters.value("files-stored"), 3);
});

Deno.test("a replacement that is repeated with its condition says that it was made", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const put = (body: string, headers: Record<string, string> = {}) =>
    outcome(ask(served, maya, { method: "PUT", path: "/a", headers, body }));
  const old = { "if-match": tagOf(new TextEncoder().encode("old")) };
  equal(await put("old"), "201");
  equal(await put("new", old), "200");
  equal(await put("new", old), "200");
  equal(await put("net", old), "412 precondition-failed");
});

Deno.test("a folder that is made again on its condition is there", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const make = (headers: Record<string, string> = NOTHING_THERE) =>
    outcome(ask(served, maya, { method: "MKCOL", path: "/a", headers }));
  deepEqual([await make(), await make()], ["201", "200"]);
  equal(await make({ ...NOTHING_THERE, "x-mode": "700" }), "412 precondition-failed");
});

Deno.test("an upload that comes in one request may be sent again with its condition", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const send = async (body: Uint8Array<ArrayBuffer>) => {
    const response = await fetch(`${served.url}/v4/uploads`, {
      method: "POST",
      headers: {
        ...{ ...NOTHING_THERE, authorization: `Bearer ${maya.token}` },
        "content-type": "application/offset+octet-stream",
        "upload-length": String(body.byteLength),
        "upload-metadata": formatUploadMetadata({ path: "a" }),
      },
      body,
    });
    const text = await response.text();
    return { status: response.status, etag: response.headers.get("etag"), text };
  };
  const body = contents(MIB + 1);
  const made = { status: 201, etag: tagOf(body), text: "" };
  deepEqual(await send(body), made);
  deepEqual(await send(body), made);
  deepEqual((await send(body.with(0, 255))).status, 412);
});
