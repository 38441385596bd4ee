import { deepEqual, equal, match } from "node:assert/strict";
import { formatETag } from "../../shared/protocol4/tree/etag.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { contents, opened, PATCH, treeOf } from "./fixtures/uploader.ts";

const MIB = 1024 ** 2;

Deno.test("a commit names the first block that differs, each time", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const body = contents(2 * MIB + 5);
  const { root, leaves } = treeOf(body);
  const { at } = await maya.create("a", { size: body.byteLength });
  const later = { "x-commit": "later" };
  equal(await maya.patch(at, 0, body.subarray(0, MIB), later), `204 ${MIB}`);
  const json = { "content-type": "application/json" };
  const commit = (tree: string) => {
    const text = JSON.stringify({ tree, size: body.byteLength });
    return maya.ask("POST", `${at}/commit`, { headers: json, body: text });
  };
  const malformed = [{ tree: "00" }, { tree: root, size: -1 }, { tree: root, size: "1" }, {}];
  for (const body of malformed.map((value) => JSON.stringify(value))) {
    equal(await maya.reason("POST", `${at}/commit`, { headers: json, body }), "400 bad-request");
  }
  const tooMany = {
    headers: { "content-type": "application/octet-stream" },
    // A leaf more than a file of 4 GiB has.
    body: new Uint8Array(4_097 * 32),
  };
  equal(await maya.reason("POST", `${at}/commit`, tooMany), "413 body-too-large");
  const early = await commit(root);
  deepEqual([early.status, (await early.json()).reason], [409, "upload-incomplete"]);
  equal(await maya.patch(at, MIB, body.subarray(MIB), later), `204 ${body.byteLength}`);
  equal(await maya.reason("GET", "/v4/files/a"), "404 not-found");
  const wrong = Uint8Array.from(leaves);
  wrong[40] = (wrong[40] ?? 0) ^ 1;
  const differs = await maya.ask("POST", `${at}/commit`, {
    headers: { "content-type": "application/octet-stream" },
    body: wrong,
  });
  const problem = await differs.json();
  deepEqual([differs.status, problem.reason, problem.block, problem.tree], [
    ...[409, "tree-mismatch", 1, root],
  ]);
  for (let n = 0; n < 2; n++) {
    const answer = await commit(root);
    deepEqual([answer.status, await answer.json()], [
      200,
      { path: "a", size: body.byteLength, tree: root },
    ]);
    match(answer.headers.get("etag") ?? "", new RegExp(root));
  }
  const mistaken = await commit("0".repeat(64));
  equal((await mistaken.json()).reason, "tree-mismatch");
  const shorter = { headers: json, body: JSON.stringify({ tree: root, size: 1 }) };
  equal(await maya.reason("POST", `${at}/commit`, shorter), "409 tree-mismatch");
  deepEqual(await maya.get("a"), body);
  equal(served.counters.value("files-stored"), 1);
});

Deno.test("an upload whose tree hash was announced is a file only if it has it", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const body = contents(1_000);
  const { root } = treeOf(body);
  const { at } = await maya.create("a", { size: 1_000, tree: root });
  equal(await maya.patch(at, 0, contents(1_000, 7)), "409 tree-mismatch");
  equal(await maya.reason("GET", "/v4/files/a"), "404 not-found");
  equal(await maya.reason("DELETE", at), "204");
  equal(await maya.reason("DELETE", at), "404 upload-unknown");
  const whole = await maya.create("a", { size: 1_000, tree: root, headers: PATCH, body });
  deepEqual([whole.status, whole.offset], [201, "1000"]);
  deepEqual(await maya.get("a"), body);
});

Deno.test("conditions are judged when an upload becomes a file", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const none = { "if-none-match": "*" };
  const { at } = await maya.create("a", { size: 3 });
  equal(await maya.reason("PUT", "/v4/files/a", { body: "old" }), "201");
  equal(await maya.patch(at, 0, contents(3), none), "412 precondition-failed");
  equal(await maya.offset(at), "3");
  const old = treeOf(new TextEncoder().encode("old")).root;
  const tag = formatETag({
    size: 3,
    root: Uint8Array.from(old.match(/../g) ?? [], (h) => parseInt(h, 16)),
  });
  equal(await maya.patch(at, 3, new Uint8Array(), { "if-match": tag }), "204 3");
  deepEqual(await maya.get("a"), contents(3));
});
