/** A server that is stopped for a while, by SIGSTOP or with its machine, and then goes on. */

import { equal } from "node:assert/strict";
import { join } from "node:path";
import { NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { ON_LOOPBACK, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";

/** What a client has, and for how long the server is stopped, in milliseconds. */
const LIMIT = 10_000;
const STOPPED = 12_000;

/** Milliseconds after which the server is ended where the test has failed. */
const LIFE = 120_000;

Deno.test({
  name: "who sent in time while the server was stopped is served when it goes on",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const limit = `${LIMIT}ms`;
    await using server = await RunningServer.start(join(folder.path, "data"), {
      args: [
        ...[...ON_LOOPBACK, "--first-request-time", limit],
        ...["--standstill-time", limit, "--idle-time", limit],
      ],
      lifeLimit: LIFE,
    });
    // One is amid its first request, one amid a file, and one says nothing between two requests.
    using fresh = await ConnectedClient.connect(server.address);
    const name = TextField.of("Fresh");
    const request = encodeRequest(fresh.revision, {
      kind: "register",
      clientId: NO_CLIENT_ID,
      name,
    });
    await fresh.send(request.subarray(0, 20));
    using amid = await ConnectedClient.introduced(server.address, "Amid");
    const file = await amid.fileRequest("a.txt", seededBytes(1, 100_000), { packetSize: 10_000 });
    await amid.send(file.subarray(0, 50_000));
    // When it is answered, the others have been served too.
    using idle = await ConnectedClient.introduced(server.address, "Idle");
    server.signal("SIGSTOP");
    try {
      await new Promise((resolve) => setTimeout(resolve, STOPPED / 2));
      await fresh.send(request.subarray(20));
      await amid.send(file.subarray(50_000));
      await idle.send(await idle.fileRequest("b.txt", seededBytes(2, 1_000)));
      await new Promise((resolve) => setTimeout(resolve, STOPPED / 2));
    } finally {
      server.signal("SIGCONT");
    }
    equal((await fresh.reply()).kind, "registered");
    for (const [client, sent] of [[amid, "a.txt"], [idle, "b.txt"]] as const) {
      equal((await client.reply()).kind, "fileReceived");
      equal((await client.confirm(sent)).kind, "acknowledged");
    }
    equal((await server.stop()).code, 0);
  },
});
