/** What the client does, as a program, about servers that go, come back, or are none. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { assertBelow } from "../../chance/assert_below.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { databaseIn, fileRows } from "../../end_to_end/fixtures/data_folder.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { runClient, startProgram } from "../../end_to_end/fixtures/program.ts";
import { onLoopbackAgain, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { StagingWatch } from "../../end_to_end/fixtures/staging_watch.ts";

/** What a server that is none of protocol 3 is said to be, and what to do. */
const ADVICE = "and no server of protocol 3; check host and port";

Deno.test("A client outlasts a restart, and sends only what is due", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  const small = await makeFile(home.path, { name: "small.bin", size: 1_000 });
  const large = await makeFile(home.path, { name: "large.bin", size: 8_000_000 });
  const args = await onLoopbackAgain();
  await using first = await RunningServer.start(data.path, { args });
  const { address } = first;
  using staging = new StagingWatch(data.path);
  // Slow enough to be killed on its way: 125 packets.
  const pace = ["--packet-size", "64KB", "--packet-delay", "20ms", "--parallel", "1"];
  const flags = ["--dir", home.path, "--server", address, "--name", "Patient", ...pace];
  const client = startProgram("client", [...flags, small.path, large.path]);
  const [stdout, stderr] = [new Lines(client.stdout), new Lines(client.stderr)];
  await stdout.find(/^"small\.bin" sent/);
  await staging.begun();
  await first.stop("SIGKILL");
  await stderr.find(/; trying again for 1 min 30 s$/);
  // By then it has tried in vain, more than once.
  await stderr.find(/^No server listens on .*; trying again for another \d/);
  await using second = await RunningServer.start(data.path, { args });
  const { code } = await client.status;
  await Promise.all([stdout.done, stderr.done]);
  assert.equal(code, 0, stderr.text);
  assert.match(stdout.text, /^"large\.bin" sent/m);
  assert.doesNotMatch(stderr.text, /responded with an error|Fatal/);
  const { stderr: log } = await second.stop();
  assert.doesNotMatch(log, /small\.bin/);
  const stored = fileRows(databaseIn(data.path)).map(({ fileName, size }) => [fileName, size]);
  assert.deepEqual(stored, [["large.bin", 8_000_000], ["small.bin", 1_000]]);
});

Deno.test("A client with several connections outlasts a restart", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  const paths: string[] = [];
  for (let at = 0; at < 12; at++) {
    paths.push((await makeFile(home.path, { name: `${at}.bin`, size: 1_200_000 })).path);
  }
  const args = await onLoopbackAgain();
  await using first = await RunningServer.start(data.path, { args });
  const { address } = first;
  const pace = ["--packet-size", "64KB", "--packet-delay", "20ms", "--parallel", "4"];
  const flags = ["--dir", home.path, "--server", address, "--name", "Patient", ...pace];
  const client = startProgram("client", [...flags, ...paths]);
  const [stdout, stderr] = [new Lines(client.stdout), new Lines(client.stderr)];
  await stdout.first(2);
  await first.stop("SIGKILL");
  await stderr.find(/^No server listens on .*; trying again for/);
  const verified = stdout.text.match(/^"\d+\.bin" sent/gm) ?? [];
  await using second = await RunningServer.start(data.path, { args });
  const { code } = await client.status;
  await Promise.all([stdout.done, stderr.done]);
  assert.equal(code, 0, stderr.text);
  const { stderr: log } = await second.stop();
  for (const line of verified) {
    const name = line.replace(" sent", "");
    assert.ok(!log.includes(name), `${name} was sent again`);
  }
  assert.equal(fileRows(databaseIn(data.path)).length, 12);
});

Deno.test("A client reports an unreachable server long before its timeout", async () => {
  await using home = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  // A listener whose queue is full, so that the system takes no connection and refuses none.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0, tcpBacklog: 1 });
  const { hostname, port } = listener.addr;
  using _one = await Deno.connect({ hostname, port });
  using _two = await Deno.connect({ hostname, port });
  const server = `${hostname}:${port}`;
  for (
    const args of [
      ["--server", server, "--name", "Patient", "--timeout", "60s", "--dir", home.path, path],
      ["probe", server, "--timeout", "60s"],
    ]
  ) {
    const begun = performance.now();
    const { code, stderr } = await runClient(args);
    const seconds = (performance.now() - begun) / 1_000;
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /^Fatal: No answer from 127\.0\.0\.1:\d+ within 3\.5 s; check the address/,
    );
    // The start of the program counts too, which takes its time on a machine with much to do.
    assert.ok(seconds < 30, `${seconds} s`);
  }
});

Deno.test("A client names an HTTP server as what it is, and waits for nothing", async () => {
  await using home = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  await using http = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("Hello"),
  );
  const server = `127.0.0.1:${http.addr.port}`;
  for (
    const args of [
      ["--server", server, "--name", "Patient", "--dir", home.path, path],
      ["--server", server, "--name", "Patient", "--revision", "2024a", "--dir", home.path, path],
      ["probe", server],
    ]
  ) {
    // An answer that does not come is waited for 3.5 s.
    await assertBelow(3.5, async () => {
      const begun = performance.now();
      const { code, stderr } = await runClient(args);
      assert.equal(code, 1, stderr);
      const fact = stderr.replace(/127\.0\.0\.1:\d+/, "ADDRESS");
      assert.equal(fact, `Fatal: ADDRESS is an HTTP server, ${ADVICE}\n`);
      return (performance.now() - begun) / 1_000;
    }, { tries: 5, unit: "s" });
  }
});
