/** What a server keeps of answers that are not read, over HTTP/1.1 and HTTP/2. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encodeFrame } from "../../../shared/protocol4/batch/frame.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { assertBelow } from "../../chance/assert_below.ts";
import { descriptorsOf } from "../../end_to_end/fixtures/descriptors.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import {
  type LoggedUser,
  type ServerProcess,
  serverProcess,
} from "../../protocol4/fixtures/server_process.ts";
import { WindowlessClient } from "../../protocol4/fixtures/windowless_client.ts";

const ignore = Deno.build.os !== "linux";

/** Links in a folder: a list of them has 24 MB of JSON, in which a control character has six. */
const LINKS = 1_000;
const TARGET = "\x01".repeat(4_000);
const LIST = { method: "GET", path: `/v4/files/links?list&limit=${LINKS}` } as const;

/** The size of a file that exceeds all buffers on the way to a client that does not read. */
const LARGE = 8 * 1024 ** 2;

/** Requests that a client may have under way. */
const MOST = 128;

/** MB that unread lists may take: 1,010 to 1,130 were seen when each was made as a whole. */
const MOST_FOR_LISTS = 200;
const LISTS = 40;

/** Seconds within which a closed client is given up: twice the server's own limit. */
const PATIENCE = 120;

/** Makes the folder with the links. */
async function makeLinks(peers: ServerProcess, user: LoggedUser): Promise<void> {
  const headers = { authorization: user.authorization };
  const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(0)));
  for (let first = 0; first < LINKS; first += 100) {
    const frames = Array.from({ length: 100 }, (_, at) => {
      const metadata = { path: `links/${first + at}`, link: TARGET };
      return encodeFrame({ type: "file", id: at, metadata, sha256, content: new Uint8Array(0) });
    });
    const answer = await (await peers.connect(user)).request({
      ...{ method: "POST", path: "/v4/batch", headers },
      body: joined(...frames),
    });
    strictEqual(answer.status, 200);
    await answer.body.bytes();
  }
}

Deno.test({
  name: `${LISTS} lists that nobody reads take little memory, and one that is read is whole`,
  ignore,
  fn: () => assertBelow(MOST_FOR_LISTS, memoryOfLists, { tries: 3, unit: "MB" }),
});

/** MB more that a server takes for lists of which only the heads are read. */
async function memoryOfLists(): Promise<number> {
  await using peers = await serverProcess();
  const user = await peers.logIn("maya");
  const headers = { authorization: user.authorization };
  await makeLinks(peers, user);
  const read = async () => {
    const answer = await (await peers.connect(user)).request({ ...LIST, headers });
    const lines = new TextDecoder().decode(await answer.body.bytes(64 * 1024 ** 2)).trim();
    return lines.split("\n").map((line) => JSON.parse(line).target === TARGET);
  };
  await read();
  const before = await mostMemory(peers.server.pid);
  for (let n = 0; n < LISTS; n++) {
    const answer = await (await peers.connect(user)).request({ ...LIST, headers });
    strictEqual(answer.status, 200);
  }
  // When this one has come, the server has done its part for the others.
  deepStrictEqual(await read(), Array(LINKS).fill(true));
  return (await mostMemory(peers.server.pid) - before) / 1e6;
}

Deno.test({
  name: "downloads and lists without a window end within a minute of their client",
  ignore,
  async fn() {
    await using peers = await serverProcess();
    const { server } = peers;
    const user = await peers.logIn("maya");
    const { authorization } = user;
    await makeLinks(peers, user);
    const put = await (await peers.connect(user)).request({
      ...{ method: "PUT", path: "/v4/files/large", headers: { authorization } },
      body: new Uint8Array(LARGE),
    });
    strictEqual(put.status, 201);
    await put.body.bytes();
    const paths = Array.from(
      { length: MOST },
      (_, n) => n % 2 === 0 ? "/v4/files/large" : LIST.path,
    );
    const before = await descriptorsOf(server.pid);
    for (const saysGoodbye of [true, false]) {
      {
        using client = await WindowlessClient.connect(server.address);
        strictEqual(await client.get(paths, authorization), MOST);
        ok(await descriptorsOf(server.pid) >= before + MOST / 2);
        if (saysGoodbye) client.sayGoodbye();
      }
      let open = 0;
      for (let left = PATIENCE; left > 0; left--) {
        open = await descriptorsOf(server.pid);
        if (open <= before) break;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
      ok(open <= before, `${open} descriptors are open, and ${before} were before`);
    }
    // None of them counts any more, lists neither.
    using again = await WindowlessClient.connect(server.address);
    strictEqual(await again.get(paths, authorization), MOST);
    // It would wait for these answers as long.
    server.signal("SIGKILL");
  },
});
