/** Our own client and the application of our server, over TLS. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { AnswerParser } from "../../shared/protocol4/batch/answer_parser.ts";
import { type BatchAnswer, encodeFrame } from "../../shared/protocol4/batch/frame.ts";
import { blockHashNow } from "../../shared/protocol4/tree/leaf_stack.ts";
import { formatETag } from "../../shared/protocol4/tree/etag.ts";
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { knownServers } from "../../client/protocol4/identity/known_servers.ts";
import { refusalOf, RefusedRequest } from "../../client/protocol4/connection/errors.ts";
import { Session } from "../../client/protocol4/session.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { type PinnedApplication, pinnedApplication } from "./fixtures/pinned_application.ts";

async function run(folder: string, words: readonly string[]) {
  const [command = "", ...rest] = words;
  const ended = await runClient([command, "--dir", folder, "--json", ...rest]);
  return { ...ended, json: JSON.parse(ended.stdout || "{}") };
}

/** A session of a client that has registered just now. */
async function sessionWith({ text }: PinnedApplication, config: string): Promise<Session> {
  const { code, stderr } = await run(config, ["login", text(), "--name", "maya"]);
  strictEqual(code, 0, stderr);
  const [server] = await knownServers(config);
  ok(server !== undefined);
  return await Session.of({
    ...{ server, config, timeout: 20_000, retries: 2, retryTime: 0, clock: SYSTEM_CLOCK },
    tell: () => {},
  });
}

Deno.test("Our client registers, logs in again, and finds a name taken", async () => {
  await using application = await pinnedApplication();
  await using mine = await temporaryFolder();
  await using theirs = await temporaryFolder();
  const address = application.text();
  const first = await run(mine.path, ["login", address, "--name", "maya", "--label", "desk"]);
  strictEqual(first.json.status, "registered", first.stderr);
  const again = await run(mine.path, ["login", address]);
  deepStrictEqual(again.json, { ...first.json, status: "logged-in" });
  const taken = await run(theirs.path, ["login", address, "--name", "maya"]);
  deepStrictEqual([taken.code, taken.json.reason], [4, "name-taken"]);
  const status = await run(mine.path, ["status"]);
  deepStrictEqual([status.code, status.json.servers[0].name], [0, "maya"]);
});

Deno.test("Our server takes invitations as its mode says, and our client says so", async () => {
  await using closed = await pinnedApplication({ registration: "closed" });
  await using invite = await pinnedApplication({ registration: "invite" });
  await using home = await temporaryFolder();
  const refused = async (address: string) =>
    (await run(home.path, ["login", address, "--name", "maya"])).json.reason;
  strictEqual(await refused(closed.text()), "registration-closed");
  strictEqual(await refused(invite.text()), "invitation-needed");
  strictEqual(await refused(invite.text("unknown")), "invitation-unknown");
});

Deno.test("A computer joins by its address, and can do nothing once it was removed", async () => {
  await using application = await pinnedApplication();
  await using first = await temporaryFolder();
  await using second = await temporaryFolder();
  await run(first.path, ["login", application.text(), "--name", "maya", "--label", "desk"]);
  const { json: { address } } = await run(first.path, ["devices", "add"]);
  const joined = await run(second.path, ["login", address, "--label", "laptop"]);
  deepStrictEqual([joined.json.status, joined.json.name], ["device-added", "maya"], joined.stderr);
  const used = await run(first.path, ["login", address]);
  strictEqual(used.code, 2);
  const { json: { devices } } = await run(second.path, ["devices", "list"]);
  deepStrictEqual(
    devices.map(({ label, current }: { label: string; current: boolean }) => [label, current]),
    [["desk", false], ["laptop", true]],
  );
  const removed = await run(first.path, ["devices", "remove", devices[1].id]);
  strictEqual(removed.code, 0, removed.stderr);
  const after = await run(second.path, ["devices", "list"]);
  strictEqual(after.code, 4, after.stderr);
  match(after.json.reason, /^(signature-invalid|device-unknown)$/);
  const last = await run(first.path, ["devices", "remove", devices[0].id]);
  deepStrictEqual([last.code, last.json.reason], [4, "last-device"]);
});

Deno.test("token makes tokens for other programs, with a scope, and ends them", async () => {
  await using application = await pinnedApplication();
  await using home = await temporaryFolder();
  await run(home.path, ["login", application.text(), "--name", "maya"]);
  const { json: read, stderr } = await run(home.path, ["token", "--expires", "12h"]);
  deepStrictEqual([read.status, read.scope], ["made", "read"], stderr);
  const left = Date.parse(read.expires) - SYSTEM_CLOCK.date().getTime();
  ok(Math.abs(left - 12 * 3_600_000) < 60_000, `${left} ms`);
  const asked = (method: string, token: string) =>
    fetch(`${application.served.url}/v4/files/x`, {
      ...{ method, headers: { authorization: `Bearer ${token}` } },
    }).then(async (response) => {
      await response.body?.cancel();
      return response.status;
    });
  deepStrictEqual([await asked("GET", read.token), await asked("PUT", read.token)], [404, 403]);
  const quiet = await runClient(["token", "--dir", home.path, "--quiet", "--scope", "write"]);
  match(quiet.stdout, /^[A-Za-z0-9_-]{43}\n$/);
  strictEqual(await asked("MKCOL", quiet.stdout.trim()), 201);
  const { json: { tokens } } = await run(home.path, ["token", "--list"]);
  strictEqual(tokens.length, 3);
  ok(!JSON.stringify(tokens).includes(read.token));
  const ended = await run(home.path, ["token", "--revoke", read.id.slice(0, 10)]);
  deepStrictEqual(ended.json, { status: "revoked", id: read.id });
  strictEqual(await asked("GET", read.token), 401);
  for (const words of [["--expires", "367d"], ["--scope", "all"], ["--list", "--revoke", "a"]]) {
    strictEqual((await run(home.path, ["token", ...words])).code, 2, words.join(" "));
  }
  strictEqual((await run(home.path, ["token", "--revoke", "zz"])).json.reason, "bad-setting");
});

Deno.test("A file goes up as a stream and comes back, with its tree hash as the tag", async () => {
  await using application = await pinnedApplication();
  await using home = await temporaryFolder();
  await using session = await sessionWith(application, home.path);
  const content = seededBytes(7, 3_000_001);
  const tree = new TreeHash();
  tree.update(content);
  const body = () => ({ size: content.byteLength, pieces: pieces(content, 700_000) });
  const put = await session.request({ method: "PUT", path: "/v4/files/a%20b.bin", body });
  strictEqual(put.status, 201);
  await put.body.bytes();
  const got = await session.request({ method: "GET", path: "/v4/files/a%20b.bin" });
  strictEqual(got.headers.get("etag"), formatETag({ size: 3_000_001, root: tree.digest() }));
  const back = await got.body.bytes(3_000_001);
  deepStrictEqual(back, content);
});

Deno.test("A file that is too large is refused by name before it is sent", async () => {
  await using application = await pinnedApplication({ limits: { fileSize: 1_000_000 } });
  await using home = await temporaryFolder();
  await using session = await sessionWith(application, home.path);
  let asked = 0;
  async function* endless() {
    for (; asked < 4000; asked++) yield await Promise.resolve(new Uint8Array(65_536));
  }
  const body = { size: 4000 * 65_536, pieces: endless() };
  const answer = await session.request({ method: "PUT", path: "/v4/files/a", body });
  const refusal = await refusalOf(answer, "take the file");
  ok(refusal instanceof RefusedRequest);
  deepStrictEqual([refusal.status, refusal.reason], [413, "file-too-large"]);
  ok(asked < 4000, `${asked} pieces`);
});

Deno.test("A batch is answered while it is sent, and each file once", async () => {
  await using application = await pinnedApplication();
  await using home = await temporaryFolder();
  await using session = await sessionWith(application, home.path);
  const { promise: first, resolve: sawFirst } = Promise.withResolvers<void>();
  async function* frames() {
    for (let id = 1; id <= 100; id++) {
      const content = new TextEncoder().encode(`file ${id}`);
      const metadata = { path: `f${id}.txt`, mtime: "1700000000000000000" };
      yield encodeFrame({ type: "file", id, metadata, sha256: blockHashNow(content), content });
      if (id === 50) {
        yield encodeFrame({ type: "flush" });
        await first;
      }
    }
  }
  const answer = await session.request({
    ...{
      method: "POST",
      path: "/v4/batch",
      headers: { "content-type": "application/octet-stream" },
    },
    body: { size: undefined, pieces: frames() },
  });
  strictEqual(answer.status, 200);
  const answers: BatchAnswer[] = [];
  const parser = new AnswerParser();
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const size = await answer.body.read(buffer);
    if (size === undefined) break;
    parser.push(buffer.subarray(0, size), (each) => answers.push(each));
    if (answers.length > 0) sawFirst();
  }
  parser.end();
  const done = answers.flatMap((each) => each.type === "done" ? each.ids : []);
  deepStrictEqual(done.toSorted((a, b) => a - b), Array.from({ length: 100 }, (_, at) => at + 1));
  strictEqual(await answer.sent, true);
});

async function* pieces(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.byteLength; at += size) {
    yield await Promise.resolve(content.subarray(at, at + size));
  }
}
