import { deepEqual, equal, match } from "node:assert/strict";
import { toBase64 } from "../../shared/text/encodings.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { login, post, registered } from "./fixtures/test_user.ts";
import { ask, contents, MIB, outcome, tagOf } from "./fixtures/asked_files.ts";

Deno.test("a file of any size goes up and comes back, with time, mode and tag", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  for (const size of [0, 1, 70_000, MIB, 2 * MIB + 5]) {
    const body = contents(size);
    const headers = { "x-mtime": "1700000000123456789", "x-mode": "755" };
    const path = `/photos/${size}.bin`;
    const put = await ask(served, maya, { method: "PUT", path, headers, body });
    equal(put.status, 201);
    equal(put.headers.get("etag"), tagOf(body));
    equal((await put.json()).path, path.slice(1));
    const got = await ask(served, maya, { path });
    equal(got.status, 200);
    deepEqual(new Uint8Array(await got.arrayBuffer()), body);
    equal(got.headers.get("etag"), tagOf(body));
    equal(got.headers.get("content-length"), String(size));
    equal(got.headers.get("x-mtime"), "1700000000123456789");
    equal(got.headers.get("x-mode"), "755");
    match(got.headers.get("content-disposition") ?? "", /^attachment; filename\*=UTF-8''\d+\.bin$/);
    equal(got.headers.get("x-content-type-options"), "nosniff");
    equal(got.headers.get("content-security-policy"), "sandbox; default-src 'none'");
    equal(got.headers.get("access-control-allow-origin"), null);
  }
  // Of an empty one there is nothing to send.
  equal(served.counters.value("files-sent"), 4);
});

Deno.test("a part of a file never takes the place of the whole", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const put = (body: string, headers = {}) =>
    outcome(ask(served, maya, { method: "PUT", path: "/whole", headers, body }));
  equal(await put("all of it"), "201");
  equal(await put("of it", { "content-range": "bytes 4-8/9" }), "400 bad-request");
  equal(await (await ask(served, maya, { path: "/whole" })).text(), "all of it");
});

Deno.test("HEAD says what GET does, without the bytes, and opens no file", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const body = contents(100_000);
  await outcome(ask(served, maya, { method: "PUT", path: "/a", body }));
  const head = await ask(served, maya, { method: "HEAD", path: "/a" });
  deepEqual([head.status, head.headers.get("content-length")], [200, "100000"]);
  equal(head.headers.get("etag"), tagOf(body));
  equal((await head.arrayBuffer()).byteLength, 0);
  equal(served.counters.value("files-sent"), 0);
  equal(await outcome(ask(served, maya, { method: "HEAD", path: "/b" })), "404");
  const refused = await ask(served, maya, { method: "HEAD", path: "/b" });
  const { byteLength } = await (await ask(served, maya, { path: "/b" })).arrayBuffer();
  equal(refused.headers.get("content-length"), `${byteLength}`);
  equal((await refused.arrayBuffer()).byteLength, 0);
});

Deno.test("a range is served, by If-Range only of the version that it was asked for", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const body = contents(200_000);
  await outcome(ask(served, maya, { method: "PUT", path: "/a", body }));
  const range = async (headers: Record<string, string>) => {
    const response = await ask(served, maya, { path: "/a", headers });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, range: response.headers.get("content-range"), bytes };
  };
  const part = await range({ range: "bytes=150000-" });
  deepEqual([part.status, part.range], [206, "bytes 150000-199999/200000"]);
  deepEqual(part.bytes, body.subarray(150_000));
  const tagged = await range({ range: "bytes=0-9", "if-range": tagOf(body) });
  deepEqual([tagged.status, tagged.bytes.byteLength], [206, 10]);
  const stale = await range({ range: "bytes=0-9", "if-range": tagOf(contents(5)) });
  deepEqual([stale.status, stale.bytes.byteLength], [200, 200_000]);
  equal((await range({ range: "bytes=200000-" })).status, 416);
  equal((await range({ "if-none-match": tagOf(body) })).status, 304);
  equal((await range({ "if-match": tagOf(contents(5)) })).status, 412);
});

Deno.test("the SHA-256 of a file is told when asked for, and compared when sent", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  for (const size of [5, 2 * MIB + 3]) {
    const body = contents(size);
    const digest = toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", body)));
    const right = { "repr-digest": `sha-256=:${digest}:` };
    const put = { method: "PUT", path: "/a", body };
    equal(await outcome(ask(served, maya, { ...put, headers: right })), "201");
    const wrong = { "repr-digest": `sha-256=:${toBase64(new Uint8Array(32))}:` };
    equal(await outcome(ask(served, maya, { ...put, headers: wrong })), "422 content-mismatch");
    const got = await ask(served, maya, {
      path: "/a",
      headers: { "want-repr-digest": "sha-256=9" },
    });
    equal(got.headers.get("repr-digest"), right["repr-digest"]);
    await got.body?.cancel();
    const unwanted = { "want-repr-digest": "sha-512=3, sha-256=0" };
    const plain = await ask(served, maya, { path: "/a", headers: unwanted });
    equal(plain.headers.get("repr-digest"), null);
    await plain.body?.cancel();
    equal(await outcome(ask(served, maya, { method: "DELETE", path: "/a" })), "204");
  }
});

Deno.test("a PUT replaces only what its conditions expect, and says so with 200", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const put = (text: string, headers: Record<string, string> = {}) =>
    outcome(ask(served, maya, { method: "PUT", path: "/a", headers, body: text }));
  const tag = (text: string) => tagOf(new TextEncoder().encode(text));
  equal(await put("one", { "if-match": "*" }), "412 precondition-failed");
  equal(await put("one", { "if-none-match": "*" }), "201");
  equal(await put("two", { "if-none-match": "*" }), "412 precondition-failed");
  equal(await put("two", { "if-match": tag("two") }), "412 precondition-failed");
  equal(await put("two", { "if-match": `${tag("zero")}, ${tag("one")}` }), "200");
  equal(await put("three"), "200");
  equal(await put("four", { "if-none-match": tag("three") }), "400 bad-request");
  const tags = (count: number) => Array(count).fill(tag("none")).join(", ");
  equal(await put("four", { "if-match": tags(64) }), "412 precondition-failed");
  equal(await put("four", { "if-match": tags(65) }), "400 bad-request");
  equal(await (await ask(served, maya, { path: "/a" })).text(), "three");
});

Deno.test("what cannot be stored is refused by name, before its body", async () => {
  await using served = await servedApplication({
    limits: { fileSize: 1_000, bytesPerClient: 1_500, filesPerClient: 2 },
  });
  const maya = await registered(served, "Maya");
  const put = (path: string, size: number, headers: Record<string, string> = {}) =>
    outcome(ask(served, maya, { method: "PUT", path, headers, body: contents(size) }));
  equal(await put("/a", 1_001), "413 file-too-large");
  equal(await put("/a", 1_000), "201");
  equal(await put("/a/b", 1), "409 parent-is-file");
  equal(await put("/b", 501), "507 quota-exceeded");
  equal(await put("/b", 1), "201");
  equal(await put("/c", 1), "507 too-many-files");
  equal(await put("/b", 1, { "x-mtime": "now" }), "400 bad-metadata");
  equal(await put("/b", 1, { "x-mode": "999" }), "400 bad-metadata");
  const stream = new Blob(["abc"]).stream();
  equal(
    await outcome(ask(served, maya, { method: "PUT", path: "/b", body: stream })),
    "411 length-required",
  );
});

Deno.test("folders are made, listed in pages, moved as one and removed", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const on = (method: string, path: string, headers: Record<string, string> = {}) =>
    outcome(ask(served, maya, { method, path, headers }));
  equal(await on("MKCOL", "/photos"), "201");
  equal(await on("MKCOL", "/photos"), "200");
  equal(await on("MKCOL", "/none/below"), "409 parent-missing");
  for (const name of ["c", "a", "b:1", "empty"]) {
    const file = { method: "PUT", path: `/photos/${encodeURIComponent(name)}`, body: name };
    await outcome(ask(served, maya, file));
  }
  equal(await on("MKCOL", "/photos/sub"), "201");
  const list = async (query: string) => {
    const response = await ask(served, maya, { path: `/photos/?list${query}` });
    equal(response.headers.get("content-type"), "application/x-ndjson");
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line));
  };
  const all = await list("");
  deepEqual(all.map(({ path }) => path), [
    ...["photos/a", "photos/b:1", "photos/c", "photos/empty", "photos/sub"],
  ]);
  deepEqual([all[0].kind, all[0].size, all[0].state], ["file", 1, "stored"]);
  deepEqual((await list("&limit=2")).map(({ path }) => path), ["photos/a", "photos/b:1"]);
  const after = encodeURIComponent("photos/b:1");
  deepEqual((await list(`&limit=2&after=${after}`)).map(({ path }) => path), [
    ...["photos/c", "photos/empty"],
  ]);
  const folded = encodeURIComponent("PHOTOS/empty");
  deepEqual((await list(`&recursive&after=${folded}`)).map(({ path }) => path), ["photos/sub"]);
  for (const outside of ["", "other/a", "photos2/a", "photo", "a"]) {
    const query = `/photos?list&recursive&after=${encodeURIComponent(outside)}`;
    equal(await on("GET", query), "400 bad-request", outside);
  }
  equal(await on("GET", "/photos/a?list"), "409 is-file");
  equal(await on("GET", "/photos"), "409 is-folder");
  equal(await on("GET", "/photos?list&limit=0"), "400 bad-request");

  const to = (destination: string, more = {}) => ({ destination, ...more });
  equal(await on("MOVE", "/photos", to("/v4/files/photos/sub/x")), "409 into-itself");
  equal(await on("MOVE", "/photos", to("https://host/v4/files/old%20photos")), "201");
  equal(await on("GET", "/old%20photos/a"), "200");
  equal(await on("GET", "/photos/a"), "404 not-found");
  equal(await on("MOVE", "/old%20photos/a", to("/v4/files/old%20photos/c")), "409 target-exists");
  const overwrite = to("/v4/files/old%20photos/c", { overwrite: "T" });
  equal(await on("MOVE", "/old%20photos/a", overwrite), "200");
  equal(await on("MOVE", "/old%20photos/c", to("/elsewhere")), "400 bad-request");
  equal(await on("DELETE", "/old%20photos"), "409 folder-not-empty");
  equal(await on("DELETE", "/old%20photos", { depth: "infinity" }), "204");
  equal(await on("DELETE", "/old%20photos"), "404 not-found");
});

/** What looks at a file, or changes one that is there. */
const SEEING = [["GET", "/a"], ["GET", "?list"], ["DELETE", "/a"], ["MOVE", "/a"]] as const;

Deno.test("a token for reading changes nothing, and one for dropping sees nothing", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const scoped = async (scope: string) =>
    (await post(served, "/v4/tokens", { ...await login(served, maya), scope })).json;
  const [reader, dropper] = [await scoped("read"), await scoped("drop")];
  await outcome(ask(served, maya, { method: "PUT", path: "/a", body: "a" }));
  const tooNarrow = "403 scope-too-narrow";
  equal(await outcome(ask(served, reader, { path: "/a" })), "200");
  for (const method of ["PUT", "MKCOL", "DELETE", "MOVE"]) {
    equal(await outcome(ask(served, reader, { method, path: "/b" })), tooNarrow, method);
  }
  for (
    const [method, path] of SEEING
  ) {
    equal(await outcome(ask(served, dropper, { method, path })), tooNarrow, method);
  }
  equal(await outcome(ask(served, dropper, { method: "PUT", path: "/b", body: "b" })), "201");
  const put = (body: string) => outcome(ask(served, dropper, { method: "PUT", path: "/b", body }));
  deepEqual([await put("b"), await put("c")], ["200", "412 precondition-failed"]);
  const expecting = { headers: { "if-match": "*" }, body: "c" };
  equal(
    await outcome(ask(served, dropper, { method: "PUT", path: "/b", ...expecting })),
    tooNarrow,
  );
});

Deno.test("a client sees its own tree alone: another's names are not there for it", async () => {
  await using served = await servedApplication();
  const [maya, ben] = [await registered(served, "Maya"), await registered(served, "Ben")];
  await outcome(ask(served, maya, { method: "PUT", path: "/secret/plan.txt", body: "x" }));
  const answers = async (path: string, method = "GET") => {
    const headers: Record<string, string> = { destination: "/v4/files/mine" };
    const response = await ask(served, ben, { method, path, headers });
    return [response.status, await response.text()];
  };
  for (const method of ["GET", "HEAD", "DELETE", "MOVE"]) {
    deepEqual(await answers("/secret/plan.txt", method), await answers("/no/such", method), method);
  }
  deepEqual(await answers("/secret?list"), await answers("/none?list"));
  equal(
    await outcome(ask(served, ben, { method: "PUT", path: "/secret/plan.txt", body: "y" })),
    "201",
  );
  equal(await (await ask(served, maya, { path: "/secret/plan.txt" })).text(), "x");
});

Deno.test("a download counts as a request of its client until its last byte is taken", async () => {
  await using served = await servedApplication({ limits: { connectionsPerClient: 3 } });
  const maya = await registered(served, "Maya");
  const path = "/large.bin";
  // More than the buffers between both sides hold.
  const body = new Uint8Array(16 * MIB);
  equal(await outcome(ask(served, maya, { method: "PUT", path, body })), "201");
  const small = "/small.bin";
  equal(await outcome(ask(served, maya, { method: "PUT", path: small, body: "s" })), "201");
  const untaken = await Promise.all([1, 2, 3].map(() => ask(served, maya, { path })));
  deepEqual(untaken.map(({ status }) => status), [200, 200, 200]);
  const another = await outcome(ask(served, maya, { path: small }));
  await Promise.all(untaken.map(({ body }) => body?.cancel()));
  equal(another, "503 server-busy");
  while (await outcome(ask(served, maya, { path: small })) !== "200") { /* Not noticed yet. */ }
});

Deno.test("folders count as files do, so that the limit holds for them too", async () => {
  await using served = await servedApplication({ limits: { filesPerClient: 3 } });
  const maya = await registered(served, "Maya");
  const outcomes: string[] = [];
  for (const path of ["/a", "/b", "/c", "/d"]) {
    outcomes.push(await outcome(ask(served, maya, { method: "MKCOL", path })));
  }
  deepEqual(outcomes, ["201", "201", "201", "507 too-many-files"]);
  equal(
    await outcome(ask(served, maya, { method: "PUT", path: "/f", body: "x" })),
    "507 too-many-files",
  );
});
