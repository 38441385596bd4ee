import { deepEqual, equal, ok } from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { type BatchFrame, encodeFrame } from "../../shared/protocol4/batch/frame.ts";
import { blockHashNow } from "../../shared/protocol4/tree/leaf_stack.ts";
import { toHex } from "../../shared/text/encodings.ts";
import { joined } from "../../shared/wire/bytes.ts";
import { TestClock } from "../peers/test_clock.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { login, post, registered } from "./fixtures/test_user.ts";
import { BatchConnection } from "./fixtures/batch_connection.ts";

const utf8 = new TextEncoder();

/** A frame with a file. */
function file(id: number, path: string, content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === "string" ? utf8.encode(content) : content;
  const metadata = { path, mtime: "1700000000000000000", mode: "644" };
  return encodeFrame({ type: "file", id, metadata, sha256: blockHashNow(bytes), content: bytes });
}

/** A frame with a file and a condition, which stands in the metadata as JSON. */
function conditional(id: number, content: string, condition: Record<string, unknown>) {
  const metadata = utf8.encode(JSON.stringify({ path: "a", mtime: "1", ...condition }));
  const bytes = utf8.encode(content);
  const length = Uint8Array.of(metadata.byteLength & 255, metadata.byteLength >> 8);
  const body = joined(length, metadata, blockHashNow(bytes), bytes);
  const head = new DataView(new ArrayBuffer(12));
  head.setUint8(0, 1);
  head.setUint32(4, id, true);
  head.setUint32(8, body.byteLength, true);
  return joined(new Uint8Array(head.buffer), body);
}

function tagOf(content: string): string {
  const bytes = utf8.encode(content);
  return `"${bytes.byteLength}-${toHex(blockHashNow(bytes))}"`;
}

/** A clock on which no silence ends. */
const NEVER_SILENT = { ...SYSTEM_CLOCK, after: new TestClock().after };

const FLUSH = encodeFrame({ type: "flush" });

/** The paths that a client has, with the sizes of files. */
async function stored(served: ServedApplication, token: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${served.url}/v4/files?list&recursive&limit=1000`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  const entries = lines.map((line) => JSON.parse(line));
  return Object.fromEntries(entries.map(({ path, kind, size, target }) => [
    path,
    size ?? target ?? kind,
  ]));
}

Deno.test("a batch stores files, folders and links, and answers what is committed", async () => {
  await using served = await servedApplication({ clock: NEVER_SILENT });
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  const link = { path: "photos/link", link: "../a" };
  const empty = new Uint8Array();
  const sha256 = blockHashNow(empty);
  await line.send(
    encodeFrame({ type: "folder", id: 1, metadata: { path: "photos" } }),
    file(2, "photos/a.txt", "abc"),
    file(3, "photos/big.bin", new Uint8Array(300_000)),
    encodeFrame({ type: "file", id: 4, metadata: link, sha256, content: empty }),
    file(5, "deep/er/b", "x"),
    FLUSH,
  );
  deepEqual(await line.read(1), [{ type: "done", ids: [1, 2, 3, 4, 5] }]);
  equal(served.counters.value("batch-commits"), 1);
  await line.end();
  await line.read();
  equal(line.status, "HTTP/1.1 200 OK");
  deepEqual(await stored(served, token), {
    ...{ photos: "folder", "photos/a.txt": 3, "photos/big.bin": 300_000, "photos/link": "../a" },
    ...{ deep: "folder", "deep/er": "folder", "deep/er/b": 1 },
  });
});

Deno.test("what has come is committed when the client says nothing for 5 ms", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  await line.send(file(1, "a", "abc"));
  deepEqual(await line.read(1), [{ type: "done", ids: [1] }]);
});

Deno.test("what has come is committed after 512 files, or 2 MiB", async () => {
  await using served = await servedApplication({ clock: NEVER_SILENT });
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  const many = Array.from({ length: 513 }, (_, id) => file(id, `f${id}`, "x"));
  await line.send(...many);
  const [first] = await line.read(1);
  ok(first?.type === "done" && first.ids.length === 512);
  await line.send(FLUSH);
  deepEqual((await line.read(2))[1], { type: "done", ids: [512] });
  const large = new Uint8Array(1024 ** 2);
  for (let id = 600; id < 605; id++) await line.send(file(id, `large${id}`, large));
  deepEqual((await line.read(4)).slice(2), [
    { type: "done", ids: [600, 601] },
    { type: "done", ids: [602, 603] },
  ]);
  await line.end();
  deepEqual((await line.read())[4], { type: "done", ids: [604] });
  equal(served.counters.value("batch-commits"), 5);
});

Deno.test("of what was read at most 2 MiB are not committed", async () => {
  await using served = await servedApplication({ clock: NEVER_SILENT });
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  const { tree } = served.storage;
  const recordAll = tree.recordAll.bind(tree);
  const [begun, mayGoOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const late: typeof recordAll = async (...args) => {
    begun.resolve();
    await mayGoOn.promise;
    return await recordAll(...args);
  };
  Object.assign(tree, { recordAll: late });
  const ids = Array.from({ length: 320 }, (_, id) => id);
  const content = new Uint8Array(16 * 1024);
  const sending = line.send(...ids.map((id) => file(id, `f${id}`, content))).then(() => line.end());
  await begun.promise;
  const received = () => served.counters.value("bytes-received");
  for (let [before, quiet] = [-1, 0]; quiet < 20; quiet++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if (received() !== before) [before, quiet] = [received(), 0];
  }
  const ahead = received();
  mayGoOn.resolve();
  await sending;
  const answers = await line.read();
  deepEqual(answers.flatMap((each) => each.type === "done" ? each.ids : []), ids);
  ok(ahead <= 2 * 1024 ** 2 + 256 * ids.length, `${ahead} bytes`);
});

Deno.test("what is refused has its id and reason, and the others are stored", async () => {
  await using served = await servedApplication({ limits: { bytesPerClient: 10 } });
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  const content = utf8.encode("abc");
  const wrong = { path: "wrong" };
  const frames: BatchFrame[] = [
    { type: "file", id: 2, metadata: wrong, sha256: new Uint8Array(32), content },
    { type: "folder", id: 3, metadata: { path: "../x" } },
    { type: "folder", id: 4, metadata: { path: "a/b" } },
  ];
  await line.send(file(1, "a", "abc"), ...frames.map(encodeFrame), file(5, "c", "12345678"));
  await line.send(FLUSH);
  await line.end();
  const answers = await line.read();
  const reasons = answers.filter((answer) => answer.type === "refused")
    .map(({ id, reason }) => [id, reason]).sort();
  deepEqual(reasons, [
    ...[[2, "content-mismatch"], [3, "bad-path"], [4, "parent-is-file"], [5, "quota-exceeded"]],
  ]);
  deepEqual(answers.filter(({ type }) => type === "done"), [{ type: "done", ids: [1] }]);
  deepEqual(await stored(served, token), { a: 3 });
});

Deno.test("a file of a batch is as large as a file may be", async () => {
  await using served = await servedApplication({ limits: { fileSize: 3 } });
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  await line.send(file(1, "a", "abcd"), file(2, "b", "abc"));
  await line.end();
  const [refused, done] = await line.read();
  ok(refused?.type === "refused" && refused.reason === "file-too-large");
  deepEqual(done, { type: "done", ids: [2] });
});

Deno.test("bytes that are no batch end it, after what came before them is committed", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  await line.send(file(1, "a", "abc"), utf8.encode("no frame at all"));
  const answers = await line.read();
  deepEqual(answers.map(({ type }) => type), ["done", "refused"]);
  const [, last] = answers;
  ok(last?.type === "refused" && last.id === 0xffffffff && last.reason === "bad-frame");
  deepEqual(await stored(served, token), { a: 3 });
});

Deno.test("a cut loses only what was not answered, and leaves no file behind", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  {
    using line = await BatchConnection.open(served, token);
    await line.send(file(1, "a", "abc"), FLUSH);
    await line.read(1);
    await line.send(file(2, "b", new Uint8Array(200_000)).subarray(0, 100_000));
  }
  deepEqual(await stored(served, token), { a: 3 });
});

Deno.test("a token that may only create replaces nothing; revoked, it ends its batch", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const drop = await post(served, "/v4/tokens", { ...await login(served, maya), scope: "drop" });
  using line = await BatchConnection.open(served, drop.json.token);
  await line.send(file(1, "a", "abc"), FLUSH);
  await line.read(1);
  await line.send(file(2, "a", "other"), file(3, "b", "x"), FLUSH);
  const [, done, refused] = await line.read(3);
  deepEqual([done?.type, refused?.type], ["done", "refused"]);
  ok(refused?.type === "refused" && refused.reason === "precondition-failed");
  const gone = { method: "DELETE", token: maya.token };
  equal((await post(served, `/v4/tokens/${drop.json.tokenId}`, undefined, gone)).status, 204);
  await line.send(file(4, "c", "x"), FLUSH);
  const answers = await line.read();
  const reasons = answers.map((answer) => answer.type === "refused" ? answer.reason : "");
  ok(reasons.includes("token-revoked"), String(reasons));
  deepEqual(await stored(served, maya.token), { a: 3, b: 1 });
});

Deno.test("a client has eight batches at once, and is told when it wants more", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  using lines = new DisposableStack();
  for (let n = 0; n < 8; n++) {
    const line = lines.use(await BatchConnection.open(served, token));
    await line.send(file(n, `f${n}`, "x"), FLUSH);
    await line.read(1);
  }
  const { status, json } = await post(served, "/v4/batch", {}, { token });
  deepEqual([status, json.reason], [503, "server-busy"]);
});

Deno.test("a batch makes room for that of a client with fewer, and is told so", async () => {
  await using served = await servedApplication();
  using lines = new DisposableStack();
  const open = async (token: string) => {
    const line = lines.use(await BatchConnection.open(served, token));
    await line.send(file(1, "a", "x"), FLUSH);
    await line.read(1);
    return line;
  };
  const all: BatchConnection[] = [];
  for (let n = 0; n < 8; n++) {
    const { token } = await registered(served, `Greedy${n}`);
    all.push(...await Promise.all(Array.from({ length: 8 }, () => open(token))));
  }
  const { token } = await registered(served, "Maya");
  const headers = { authorization: `Bearer ${token}` };
  const { status, body } = await fetch(`${served.url}/v4/batch`, { method: "POST", headers });
  await body?.cancel();
  equal(status, 200);
  const [, told] = await Promise.race(all.map((line) => line.read(2)));
  deepEqual(told?.type === "refused" && [told.id, told.reason], [0xffffffff, "server-busy"]);
});

Deno.test("conditions of an entry are judged when it is recorded, in their order", async () => {
  await using served = await servedApplication({ clock: NEVER_SILENT });
  const { token } = await registered(served, "Maya");
  using line = await BatchConnection.open(served, token);
  const answerTo = async (...frames: readonly Uint8Array[]) => {
    const before = line.answers.length;
    await line.send(...frames, FLUSH);
    return (await line.read(before + 1)).slice(before).map((answer) =>
      answer.type === "done" ? answer.ids : answer.reason
    );
  };
  deepEqual(await answerTo(conditional(1, "one", { ifMatch: "*" })), ["precondition-failed"]);
  deepEqual(await answerTo(conditional(2, "one", { ifNoneMatch: "*" })), [[2]]);
  // The answer was lost, and it comes again.
  deepEqual(await answerTo(conditional(3, "one", { ifNoneMatch: "*" })), [[3]]);
  deepEqual(await answerTo(conditional(4, "two", { ifNoneMatch: "*" })), ["precondition-failed"]);
  const other = { ifNoneMatch: "*", mtime: "2" };
  deepEqual(await answerTo(conditional(5, "one", other)), ["precondition-failed"]);
  deepEqual(await answerTo(conditional(6, "two", { ifMatch: tagOf("x") })), [
    "precondition-failed",
  ]);
  const tags = `${tagOf("x")}, ${tagOf("one")}`;
  deepEqual(await answerTo(conditional(7, "two", { ifMatch: tags })), [[7]]);
  deepEqual(await answerTo(conditional(8, "two", { ifMatch: tags })), [[8]]);
  for (const bad of [{ ifNoneMatch: '"a"' }, { ifMatch: "*", ifNoneMatch: "*" }]) {
    deepEqual(await answerTo(conditional(9, "three", bad)), ["bad-request"]);
  }
  for (const bad of [{ ifMatch: 3 }, { ifMatch: "" }, { ifNoneMatch: {} }]) {
    deepEqual(await answerTo(conditional(10, "three", bad)), ["bad-metadata"]);
  }
  deepEqual(await stored(served, token), { a: 3 });
});

Deno.test("what came whole before a cut is recorded, and nothing else", async () => {
  await using served = await servedApplication({ clock: NEVER_SILENT });
  const { token } = await registered(served, "Maya");
  const line = await BatchConnection.open(served, token);
  await line.send(file(1, "a", "abc"), file(2, "b", "abc").subarray(0, 40));
  await line.cut();
  const early = /A batch ended early/;
  const hasEnded = () => served.lines.some(({ message }) => early.test(message));
  while (!hasEnded()) await stored(served, token);
  deepEqual(await stored(served, token), { a: 3 });
});
