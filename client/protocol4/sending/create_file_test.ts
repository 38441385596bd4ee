import { deepStrictEqual, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import type { Answer } from "../connection/http_connection.ts";
import type { RepeatableRequest } from "../connection/server_link.ts";
import { createFile } from "./create_file.ts";

/** Of the file "abc" (FIPS 180-2, appendix B.1). */
const SHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const TAG = `"3-${SHA256}"`;

/** Creates a file of three bytes at a server that answers in this way. */
async function create(status: number, { etag = TAG, isRepeated = false, reason = "" } = {}) {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a");
  await Deno.writeTextFile(path, "abc");
  const { mtime, ino } = await Deno.stat(path);
  const requests: RepeatableRequest[] = [];
  const type = "application/problem+json";
  const headers = new Map(reason === "" ? [["etag", etag]] : [["content-type", type]]);
  const problem = { type: `urn:sealpost:problem:${reason}`, title: "No", status, reason };
  const body = {
    bytes: () => Promise.resolve(new Uint8Array()),
    json: () => Promise.resolve(problem),
    cancel: () => {},
  };
  const session = {
    request(request: RepeatableRequest) {
      requests.push(request);
      return Promise.resolve({ status, headers, isRepeated, body } as unknown as Answer);
    },
  };
  const entry = {
    ...{ kind: "file", path, to: ["a"], size: 3, inode: ino ?? 0, mode: 0o640 } as const,
    modified: mtime?.getTime() ?? 0,
  };
  const tags: string[] = [];
  const onSending = (_: unknown, tag: string) => void tags.push(tag);
  const created = await createFile(entry, { session, path: "/v4/files/a", onSending });
  return { created, requests, tags, modified: entry.modified };
}

Deno.test("createFile() sends what a server needs to store a file where nothing is", async () => {
  const { created, requests, tags, modified } = await create(201);
  deepStrictEqual(created, { status: "sent", tag: TAG });
  deepStrictEqual(tags, [TAG]);
  deepStrictEqual(requests, [{
    ...{ method: "PUT", path: "/v4/files/a", body: new TextEncoder().encode("abc") },
    headers: {
      "if-none-match": "*",
      "repr-digest": "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:",
      "x-mtime": `${modified}000000`,
      "x-mode": "640",
    },
  }]);
});

Deno.test("createFile() takes a file that is there for its own if it had to repeat", async () => {
  deepStrictEqual((await create(200)).created, { status: "unchanged", tag: TAG });
  const repeated = await create(200, { isRepeated: true });
  deepStrictEqual(repeated.created, { status: "sent", tag: TAG });
});

Deno.test("createFile() leaves to others what is refused of the file alone", async () => {
  const rows = [[412, "precondition-failed"], [409, "is-folder"], [507, "quota-exceeded"]] as const;
  for (const [status, reason] of rows) {
    deepStrictEqual((await create(status, { reason })).created, undefined, reason);
  }
  await rejects(create(403, { reason: "scope-too-narrow" }), { reason: "scope-too-narrow" });
  await rejects(create(503, { reason: "server-busy" }), { reason: "server-busy" });
  await rejects(create(201, { etag: '"3-00"' }), { reason: "bad-answer" });
});
