/** A server with few file descriptors: what it says, and that it goes on once there are some. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { parseAddress } from "../../shared/text/address.ts";
import { databaseIn, fileRows } from "../end_to_end/fixtures/data_folder.ts";
import { ConnectedClient } from "../peers/connected_client.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { isInstalled } from "../end_to_end/fixtures/tool.ts";
import { pause } from "../../shared/clock.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { ask } from "../web/http_exchange.ts";
import { SocketLink } from "../peers/socket_link.ts";

/** Descriptors that a server may have; without a connection it has about thirty. */
const DESCRIPTORS = 64;

const bash = Deno.build.os !== "windows" && await isInstalled("bash");

Deno.test({
  name: `With ${DESCRIPTORS} descriptors a server refuses files by name, and serves again later` +
    (bash ? "" : " (ignored: no bash)"),
  ignore: !bash,
  async fn() {
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path, {
      through: ["bash", "-c", `ulimit -n ${DESCRIPTORS} && exec "$@"`, "bash"],
    });
    using client = await ConnectedClient.introduced(server.address, "Steady");
    const request = await client.fileRequest("file.bin", seededBytes(1, 100_000));
    {
      await using crowd = new AsyncDisposableStack();
      for (let count = 0; count < DESCRIPTORS; count++) {
        crowd.use(await SocketLink.connect(parseAddress(server.address)));
      }
      await server.logged(/Cannot accept a connection/);
      for (let refused = 0; refused < 3;) {
        await client.send(request);
        // Work in the background may have had the last descriptor when a connection failed, and
        // have closed it: the next of the crowd has it then.
        if ((await client.reply()).kind === "serverError") refused++;
        else assert.equal((await client.confirm("file.bin")).kind, "acknowledged");
      }
      await server.logged(/Refused 'file': 'out-of-descriptors'/);
    }
    // Said a second after one is accepted: it may have had all of the crowd by then, or fail
    // once more behind the next one.
    const waiting = new AbortController();
    const over = server.logged(/Accepting connections again/).finally(() => waiting.abort());
    while (!waiting.signal.aborted) {
      using _next = await SocketLink.connect(parseAddress(server.address));
      await pause(SYSTEM_CLOCK, 2_000, waiting);
    }
    await over;
    await client.send(request);
    assert.equal((await client.reply()).kind, "fileReceived");
    assert.equal((await client.confirm("file.bin")).kind, "acknowledged");
    using newcomer = await ConnectedClient.introduced(server.address, "Newcomer");
    await newcomer.send(await newcomer.fileRequest("own.bin", seededBytes(2, 1000)));
    assert.equal((await newcomer.reply()).kind, "fileReceived");
    assert.equal((await newcomer.confirm("own.bin")).kind, "acknowledged");
    assert.equal((await server.stop()).code, 0);
    assert.equal(fileRows(databaseIn(data.path)).length, 2);
  },
});

Deno.test({
  name: "A server takes as many descriptors as the system's hard limit lets it" +
    (bash ? "" : " (ignored: no bash)"),
  ignore: !bash,
  async fn() {
    await using data = await temporaryFolder();
    // As most systems start programs: with few, of which they may have more.
    await using server = await RunningServer.start(data.path, {
      through: ["bash", "-c", `ulimit -S -n ${DESCRIPTORS} && exec "$@"`, "bash"],
    });
    using crowd = new DisposableStack();
    for (let count = 0; count < 2 * DESCRIPTORS; count++) {
      crowd.use(await SocketLink.connect(parseAddress(server.address)));
    }
    using client = await ConnectedClient.introduced(server.address, "Steady");
    await client.send(await client.fileRequest("file.bin", seededBytes(1, 100_000)));
    assert.equal((await client.reply()).kind, "fileReceived");
  },
});

Deno.test({
  name:
    `With ${DESCRIPTORS} descriptors a server closes visitors of its page, and serves it later` +
    (bash ? "" : " (ignored: no bash)"),
  ignore: !bash,
  async fn() {
    await using release = await temporaryFolder();
    await using data = await temporaryFolder();
    await using server = await RunningServer.start(data.path, {
      downloads: release.path,
      through: ["bash", "-c", `ulimit -n ${DESCRIPTORS} && exec "$@"`, "bash"],
    });
    const { host: page } = new URL(server.page);
    {
      await using crowd = new AsyncDisposableStack();
      for (let count = 0; count < DESCRIPTORS; count++) {
        const visitor = crowd.use(await SocketLink.connect(parseAddress(page)));
        await visitor.send(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
      }
      await server.logged(/Cannot pass the connection on: Too many open files/);
    }
    // Those that are closed are known to be so after a while.
    let status = 0;
    while (status !== 200) status = (await ask(page, "/")).status;
    assert.equal((await server.stop()).code, 0);
  },
});
