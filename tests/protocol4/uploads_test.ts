import { deepEqual, equal, match } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { TestClock } from "../peers/test_clock.ts";
import { connectTo } from "../web/http_exchange.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";
import { contents, opened, PATCH, treeOf, Uploader } from "./fixtures/uploader.ts";

const MIB = 1024 ** 2;

Deno.test("OPTIONS says which version and extensions of tus are served, to everybody", async () => {
  await using served = await servedApplication();
  const response = await fetch(`${served.url}/v4/uploads`, { method: "OPTIONS" });
  equal(response.status, 204);
  equal(response.headers.get("tus-version"), "1.0.0");
  match(response.headers.get("tus-extension") ?? "", /creation-defer-length/);
  equal(response.headers.get("tus-max-size"), String(4 * 1024 ** 3));
  const maya = await opened(served);
  const old = { headers: { "tus-resumable": "0.2.2", "upload-length": "1" } };
  equal(await maya.reason("POST", "/v4/uploads", old), "412 version-unknown");
});

Deno.test("an upload in pieces of any length is a file when it is complete", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const body = contents(2 * MIB + 70_000);
  const { status, at } = await maya.create("photos/a.bin", { size: body.byteLength });
  equal(status, 201);
  match(at, /^\/v4\/uploads\/[0-9a-f]{32}$/);
  equal(await maya.offset(at), "0");
  let offset = 0;
  for (const end of [1, 500_000, MIB, MIB + 1, 2 * MIB + 69_999]) {
    equal(await maya.patch(at, offset, body.subarray(offset, end)), `204 ${end}`);
    equal(await maya.offset(at), String(end));
    offset = end;
  }
  equal(await maya.reason("GET", "/v4/files/photos/a.bin"), "404 not-found");
  equal(await maya.patch(at, offset, body.subarray(offset)), `204 ${body.byteLength}`);
  deepEqual(await maya.get("photos/a.bin"), body);
  const file = await maya.ask("HEAD", "/v4/files/photos/a.bin");
  equal(file.headers.get("x-mtime"), "1700000000000000000");
  equal(file.headers.get("x-mode"), "640");
  // The answer to the last bytes was lost: they are sent, or asked for, again.
  equal(await maya.offset(at), String(body.byteLength));
  equal(await maya.patch(at, body.byteLength, new Uint8Array()), `204 ${body.byteLength}`);
  equal(served.counters.value("files-stored"), 1);
});

Deno.test("bytes at another offset, or beyond the end, are refused by name", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const { at } = await maya.create("a", { size: 100 });
  equal(await maya.patch(at, 0, contents(40)), "204 40");
  const response = await maya.ask("PATCH", at, {
    headers: { ...PATCH, "upload-offset": "0" },
    body: contents(40),
  });
  equal(response.status, 409);
  equal(response.headers.get("upload-offset"), "40");
  deepEqual((await response.json()).offset, 40);
  equal(await maya.patch(at, 40, contents(61)), "413 body-too-large");
  equal(await maya.offset(at), "40");
  const plain = { headers: { "upload-offset": "40" }, body: contents(1) };
  equal(await maya.reason("PATCH", at, plain), "415 wrong-media-type");
  equal(await maya.reason("PATCH", at, { headers: PATCH, body: contents(1) }), "400 bad-request");
});

Deno.test("a body that is cut leaves whole blocks, and a whole one all of it", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const uploader = new Uploader(served, maya.token);
  const body = contents(3 * MIB);
  const { at } = await uploader.create("a", { size: body.byteLength });
  using conn = await connectTo(served.address);
  const head = [
    ...[`PATCH ${at} HTTP/1.1`, "Host: a", `Authorization: Bearer ${maya.token}`],
    ...["Upload-Offset: 0", `Content-Length: ${body.byteLength}`],
    ...["Content-Type: application/offset+octet-stream", "", ""],
  ].join("\r\n");
  for (let rest = new TextEncoder().encode(head); rest.byteLength > 0;) {
    rest = rest.subarray(await conn.write(rest));
  }
  for (let rest = body.subarray(0, 2 * MIB + 1_000); rest.byteLength > 0;) {
    rest = rest.subarray(await conn.write(rest));
  }
  await conn.closeWrite();
  for (const buffer = new Uint8Array(1_024); await conn.read(buffer) !== null;);
  equal(await uploader.offset(at), String(2 * MIB));
  equal(await uploader.patch(at, 2 * MIB, body.subarray(2 * MIB)), `204 ${body.byteLength}`);
  deepEqual(await uploader.get("a"), body);
});

Deno.test("a second PATCH ends the first, which waits for bytes that do not come", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const uploader = new Uploader(served, maya.token);
  const body = contents(MIB + 9);
  const { at } = await uploader.create("a", { size: body.byteLength });
  using conn = await connectTo(served.address);
  const head = [
    ...[`PATCH ${at} HTTP/1.1`, "Host: a", `Authorization: Bearer ${maya.token}`],
    ...["Upload-Offset: 0", `Content-Length: ${body.byteLength}`],
    ...["Content-Type: application/offset+octet-stream", "", ""],
  ].join("\r\n");
  await conn.write(new TextEncoder().encode(head));
  await conn.write(body.subarray(0, 10));
  // The first one is under way when its upload is open.
  while (served.counters.value("requests") < 4) await uploader.offset(at);
  equal(await uploader.patch(at, 0, body), `204 ${body.byteLength}`);
  const buffer = new Uint8Array(1_024);
  const got = await conn.read(buffer) ?? 0;
  match(new TextDecoder().decode(buffer.subarray(0, got)), /^HTTP\/1\.1 (?:409|410)/);
  deepEqual(await uploader.get("a"), body);
});

Deno.test("created again, an upload is the parked one with its leaves", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const body = contents(2 * MIB + 5);
  const { root, leaves } = treeOf(body);
  const made = await maya.create("a", { size: body.byteLength, tree: root });
  equal(await maya.patch(made.at, 0, body.subarray(0, MIB + 7)), `204 ${MIB + 7}`);
  const again = await maya.create("a", { size: body.byteLength, tree: root });
  deepEqual([again.status, again.at, again.offset], [200, made.at, String(MIB + 7)]);
  const answer = await maya.ask("GET", `${made.at}/leaves`);
  deepEqual(new Uint8Array(await answer.arrayBuffer()), leaves.subarray(0, 32));
  const other = await maya.create("a", { size: body.byteLength + 1, tree: root });
  deepEqual([other.status, other.at === made.at], [201, false]);
  const list = await (await maya.ask("GET", "/v4/uploads")).json();
  deepEqual(list.uploads.map(({ offset }: { offset: number }) => offset).sort(), [0, MIB + 7]);
});

Deno.test("an upload of unknown length is a file once its length was said", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const body = contents(MIB + 100);
  const { status, at } = await maya.create("out.tar", {});
  equal(status, 201);
  equal(await maya.patch(at, 0, body.subarray(0, MIB)), `204 ${MIB}`);
  const head = await maya.ask("HEAD", at);
  deepEqual([head.headers.get("upload-defer-length"), head.headers.get("upload-length")], [
    "1",
    null,
  ]);
  const end = { "upload-length": String(body.byteLength) };
  equal(await maya.patch(at, MIB, body.subarray(MIB), end), `204 ${body.byteLength}`);
  deepEqual(await maya.get("out.tar"), body);
});

Deno.test("an empty upload is a file at once", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const { status, offset } = await maya.create("empty", { size: 0 });
  deepEqual([status, offset], [201, "0"]);
  equal((await maya.get("empty")).byteLength, 0);
});

Deno.test("an upload is known to its client alone, and expires after its time", async () => {
  const clock = new TestClock();
  const storageClock = { ...SYSTEM_CLOCK, date: clock.date };
  await using served = await servedApplication({ storageClock, uploadTime: 60_000 });
  const [maya, ben] = [await opened(served), await opened(served, "Ben")];
  const { at } = await maya.create("a", { size: 10 });
  for (const method of ["HEAD", "DELETE"]) match(await ben.reason(method, at), /^404/);
  equal(await ben.patch(at, 0, contents(10)), "404 upload-unknown");
  equal(await ben.reason("GET", `${at}/leaves`), "404 upload-unknown");
  equal(await maya.patch(at, 0, contents(5)), "204 5");
  clock.advance(60_001);
  match(await maya.reason("HEAD", at), /^404/);
});

Deno.test("there is no room for more than a client may store, in any way", async () => {
  await using served = await servedApplication({ limits: { bytesPerClient: 2 * MIB } });
  const maya = await opened(served);
  const length = { "upload-length": String(2 * MIB + 1), "upload-metadata": "path YQ==" };
  equal(await maya.reason("POST", "/v4/uploads", { headers: length }), "507 quota-exceeded");
  const { at } = await maya.create("b", {});
  equal(await maya.patch(at, 0, contents(2 * MIB + 1)), "507 quota-exceeded");
});

Deno.test("metadata that cannot be used is refused by name", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const create = (metadata: string, more: Record<string, string> = { "upload-length": "1" }) =>
    maya.reason("POST", "/v4/uploads", { headers: { ...more, "upload-metadata": metadata } });
  equal(await create(""), "400 bad-metadata");
  equal(await create(`path ${btoa("../a")}`), "400 bad-path");
  equal(await create(`path ${btoa("a\0b")}`), "400 bad-path");
  equal(await create(`path ${btoa("a")},mtime ${btoa("now")}`), "400 bad-metadata");
  equal(await create(`path ${btoa("a")},link ${btoa("b")}`), "400 bad-metadata");
  equal(await create(`path ${btoa("a")}`, {}), "400 bad-request");
  equal(await create(`path ${btoa("a")}`, { "upload-length": "-1" }), "400 bad-request");
  const tooLarge = { "upload-length": String(5 * 1024 ** 3) };
  equal(await create(`path ${btoa("a")}`, tooLarge), "413 file-too-large");
});

Deno.test("a client has a limit of requests, whatever its connection carries", async () => {
  await using served = await servedApplication({ limits: { connectionsPerClient: 2 } });
  const maya = await registered(served, "Maya");
  const uploader = new Uploader(served, maya.token);
  const { at } = await uploader.create("a", { size: 10 });
  const other = await uploader.create("b", { size: 10 });
  using lines = new DisposableStack();
  for (const place of [at, other.at]) {
    const conn = lines.use(await connectTo(served.address));
    const head = [
      ...[`PATCH ${place} HTTP/1.1`, "Host: a", `Authorization: Bearer ${maya.token}`],
      ...["Upload-Offset: 0", "Content-Length: 10"],
      ...["Content-Type: application/offset+octet-stream", "", "12345"],
    ].join("\r\n");
    await conn.write(new TextEncoder().encode(head));
  }
  // Both are under way when a third one is refused.
  let reason = "";
  while (reason !== "503 server-busy") reason = await uploader.reason("GET", "/v4/uploads");
  const ben = await opened(served, "Ben");
  equal(await ben.reason("GET", "/v4/uploads"), "200");
});
