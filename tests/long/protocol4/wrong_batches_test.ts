/** Batches that are refused before their bodies have come, through a whole server. */

import { ok, strictEqual } from "node:assert/strict";
import { descriptorsOf } from "../../end_to_end/fixtures/descriptors.ts";
import { serverProcess } from "../../protocol4/fixtures/server_process.ts";
import { until } from "../cluster/until.ts";

/** Batches, each over a connection of its own. */
const BATCHES = 60;

/** Bytes behind the frame that is none: more than one read of the server takes. */
const REST = 300_000;

/** The server's own ends are closed a moment later, some of other work beside. */
const MOST_LEFT = 4;

Deno.test({
  name: `${BATCHES} batches that are refused amid their bodies leave no connection inside`,
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using peers = await serverProcess();
    const { pid } = peers.server;
    const user = await peers.logIn("maya");
    const before = await descriptorsOf(pid);
    // No frame has this type.
    const body = new Uint8Array(REST).fill(0x7f);
    for (let sent = 0; sent < BATCHES; sent++) {
      const connection = await peers.connect(user);
      const { status, body: answer } = await connection.request({
        ...{ method: "POST", path: "/v4/batch", body },
        headers: { authorization: user.authorization },
      });
      strictEqual(status, 200);
      const buffer = new Uint8Array(4_096);
      const size = await answer.read(buffer);
      ok(new TextDecoder().decode(buffer.subarray(0, size)).includes("bad-frame"));
      connection.close();
    }
    await until(async () => await descriptorsOf(pid) <= before + MOST_LEFT);
  },
});
