/** What changes while the body of a request comes: what is at its path, and who may store it. */

import { deepEqual, equal, match } from "node:assert/strict";
import { parseAddress } from "../../shared/text/address.ts";
import { toBase64, toHex } from "../../shared/text/encodings.ts";
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { login, post, registered, type TestUser } from "./fixtures/test_user.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { BLOCK_SIZE } from "../../server/storage/trees/uploads.ts";
import { writeAll } from "../web/http_exchange.ts";

type Headers = Readonly<Record<string, string>>;

const OFFSET_TYPE = { "content-type": "application/offset+octet-stream" };

/** Asks for a resource as a client: the status of the answer, and the reason of a refusal. */
async function ask(
  { url }: ServedApplication,
  { token }: Pick<TestUser, "token">,
  [method, path, headers = {}, body]: readonly [string, string, Headers?, string?],
): Promise<{ readonly outcome: string; readonly location: string }> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  const [, reason = ""] = /"reason":"([^"]*)"/.exec(text) ?? [];
  const outcome = `${response.status} ${reason}`.trimEnd();
  return { outcome, location: response.headers.get("location") ?? "" };
}

/**
 * Begins a request with a body (default: two bytes), of which `rest()` sends the last byte, or
 * something else.
 */
async function begun(
  { address }: ServedApplication,
  { token }: Pick<TestUser, "token">,
  [method, path, headers = {}, body = "ab"]: readonly [string, string, Headers?, string?],
): Promise<{ readonly rest: (text?: string) => Promise<string> }> {
  const { host: hostname, port } = parseAddress(address);
  const conn = await Deno.connect({ hostname, port });
  const all = {
    host: address,
    authorization: `Bearer ${token}`,
    "content-length": `${body.length}`,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const send = (text: string) => writeAll(conn, text);
  const receive = async () => {
    const bytes = new Uint8Array(4_096);
    return new TextDecoder().decode(bytes.subarray(0, await conn.read(bytes) ?? 0));
  };
  await send(`${method} ${path} HTTP/1.1\r\n${lines}expect: 100-continue\r\n\r\n`);
  // The server asks for the body when it has looked at the rest of the request.
  match(await receive(), /^HTTP\/1.1 100 /);
  await send(body.slice(0, -1));
  return {
    async rest(text = body.slice(-1)) {
      using _conn = conn;
      await send(text);
      const answer = await receive();
      const [, status = ""] = /^HTTP\/1.1 (\d+) /.exec(answer) ?? [];
      const [, reason = ""] = /"reason":"([^"]*)"/.exec(answer) ?? [];
      return `${status} ${reason}`.trimEnd();
    },
  };
}

/** The headers that create an upload. */
function creating(path: string, size: number): Headers {
  const name = toBase64(new TextEncoder().encode(path));
  return { "upload-length": String(size), "upload-metadata": `path ${name}` };
}

function treeHash(text: string): string {
  const hash = new TreeHash();
  hash.update(new TextEncoder().encode(text));
  return toHex(hash.digest());
}

async function filesOf({ storage }: ServedApplication, { id }: TestUser): Promise<number> {
  return (await storage.catalog.usage(Uint8Array.fromHex(id) as never)).client.files;
}

Deno.test("what is moved away while its replacement comes leaves the limit of files", async () => {
  await using served = await servedApplication({ limits: { filesPerClient: 3 } });
  const maya = await registered(served, "Maya");
  for (const name of ["a", "b", "c"]) {
    equal((await ask(served, maya, ["PUT", `/v4/files/${name}`, {}, "x"])).outcome, "201");
  }
  equal((await ask(served, maya, ["PUT", "/v4/files/d", {}, "x"])).outcome, "507 too-many-files");
  const [a, b] = [
    await begun(served, maya, ["PUT", "/v4/files/a"]),
    await begun(served, maya, ["PUT", "/v4/files/b"]),
  ];
  const to = { destination: "/v4/files/moved" };
  equal((await ask(served, maya, ["MOVE", "/v4/files/a", to])).outcome, "201");
  deepEqual([await a.rest(), await b.rest()], ["507 too-many-files", "200"]);
  equal(await filesOf(served, maya), 3);
});

Deno.test("uploads keep to the limit of files when they are committed", async () => {
  await using served = await servedApplication({ limits: { filesPerClient: 2 } });
  const maya = await registered(served, "Maya");
  const later = { ...OFFSET_TYPE, "x-commit": "later" };
  const made: string[] = [];
  for (const path of ["a", "b", "c"]) {
    const headers = { ...later, ...creating(path, 1) };
    const { outcome, location } = await ask(served, maya, ["POST", "/v4/uploads", headers, "x"]);
    equal(outcome, "201");
    made.push(location);
  }
  const body = JSON.stringify({ tree: treeHash("x"), size: 1 });
  const outcomes: string[] = [];
  for (const place of made) {
    const json = { "content-type": "application/json" };
    outcomes.push((await ask(served, maya, ["POST", `${place}/commit`, json, body])).outcome);
  }
  deepEqual(outcomes, ["200", "200", "507 too-many-files"]);
  // What takes the place of another is taken.
  const headers = { ...OFFSET_TYPE, ...creating("a", 2) };
  equal((await ask(served, maya, ["POST", "/v4/uploads", headers, "xy"])).outcome, "201");
  equal(await filesOf(served, maya), 2);
});

Deno.test("a token that is revoked while a body comes stores nothing any more", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const { json: stolen } = await post(served, "/v4/tokens", await login(served, maya));
  const made = await ask(served, stolen, ["POST", "/v4/uploads", creating("upload", 2)]);
  const put = await begun(served, stolen, ["PUT", "/v4/files/put"]);
  const patch = await begun(served, stolen, [
    ...["PATCH", made.location] as const,
    { ...OFFSET_TYPE, "upload-offset": "0" },
  ]);
  const later = { ...OFFSET_TYPE, "x-commit": "later", ...creating("whole", 1) };
  const whole = await ask(served, stolen, ["POST", "/v4/uploads", later, "x"]);
  const commit = await begun(served, stolen, [
    ...["POST", `${whole.location}/commit`] as const,
    ...[{ "content-type": "application/json" }, JSON.stringify({ tree: treeHash("x") })] as const,
  ]);
  equal((await ask(served, maya, ["DELETE", `/v4/tokens/${stolen.tokenId}`])).outcome, "204");
  for (const { rest } of [put, patch, commit]) equal(await rest(), "401 token-revoked");
  equal(await filesOf(served, maya), 0);
});

Deno.test("a token that expires while a body comes is good for what has begun", async () => {
  let ahead = 0;
  const date = () => new Date(SYSTEM_CLOCK.date().getTime() + ahead);
  await using served = await servedApplication({ storageClock: { ...SYSTEM_CLOCK, date } });
  const maya = await registered(served, "Maya");
  const made = await ask(served, maya, ["POST", "/v4/uploads", creating("upload", 2)]);
  const put = await begun(served, maya, ["PUT", "/v4/files/put"]);
  const patch = await begun(served, maya, [
    ...["PATCH", made.location] as const,
    { ...OFFSET_TYPE, "upload-offset": "0" },
  ]);
  // A token holds for a day.
  ahead = 25 * 3_600_000;
  equal((await ask(served, maya, ["GET", "/v4/tokens"])).outcome, "401 token-expired");
  deepEqual([await put.rest(), await patch.rest()], ["201", "204"]);
});

Deno.test("what comes after a token was revoked is refused before it has all come", async () => {
  let ahead = 0;
  const clock = { ...SYSTEM_CLOCK, now: () => SYSTEM_CLOCK.now() + ahead };
  await using served = await servedApplication({ clock });
  const maya = await registered(served, "Maya");
  const { json: stolen } = await post(served, "/v4/tokens", await login(served, maya));
  const patching = async (path: string) => {
    const { location } = await ask(served, stolen, ["POST", "/v4/uploads", creating(path, 1e7)]);
    const headers = { ...OFFSET_TYPE, "upload-offset": "0", "content-length": `${BLOCK_SIZE + 1}` };
    const { rest } = await begun(served, stolen, ["PATCH", location, headers]);
    return { location, rest: () => rest("x".repeat(BLOCK_SIZE)) };
  };
  const offsetOf = async (location: string) => {
    const authorization = `Bearer ${maya.token}`;
    const headers = { authorization, "tus-resumable": "1.0.0" };
    const { headers: answer } = await fetch(served.url + location, { method: "HEAD", headers });
    return answer.get("upload-offset");
  };
  const [soon, later] = [await patching("soon"), await patching("later")];
  equal((await ask(served, maya, ["DELETE", `/v4/tokens/${stolen.tokenId}`])).outcome, "204");
  const outcomes = [await soon.rest()];
  ahead = 2_000;
  outcomes.push(await later.rest());
  deepEqual(outcomes, ["401 token-revoked", "401 token-revoked"]);
  // At the end whole blocks are kept, as of a body that is cut, and two seconds later nothing.
  equal(await offsetOf(soon.location), String(BLOCK_SIZE));
  equal(await offsetOf(later.location), "0");
});

Deno.test("a file that another request creates while the same one comes is there", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const create = () => begun(served, maya, ["PUT", "/v4/files/a", { "if-none-match": "*" }]);
  const [first, again] = [await create(), await create()];
  deepEqual([await first.rest(), await again.rest()], ["201", "200"]);
});
