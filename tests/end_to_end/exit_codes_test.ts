/** How the client ends, for the scripts that call it, and what it says then. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile, writeTransferInfo } from "./fixtures/client_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { permissionsBind } from "./fixtures/permissions.ts";
import { runClient } from "./fixtures/in_process.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

/** An address at which nothing listens: port 1 (tcpmux) is unused on today's machines. */
const NOBODY = "127.0.0.1:1";

/** What belongs on a command line, beside the folder and the file. */
const NAMED = ["--server", NOBODY, "--name", "Nobody"];

Deno.test("0: every file was sent", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const paths = await Promise.all(
    ["a.bin", "b.bin"].map(async (name) => (await makeFile(home.path, { name, size: 10 })).path),
  );
  const { code, stdout, stderr } = await runClient([
    ...["--dir", home.path, "--server", server.address, "--name", "Zero", ...paths],
  ]);
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^"a\.bin" sent to .* verified\n"b\.bin" sent to .* verified\n2 files sent to .*\n$/,
  );
});

Deno.test("1: the server refuses a file each time", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: [...ON_LOOPBACK, "--max-file-size", "16"],
  });
  const { path } = await makeFile(home.path, { name: "large.bin", size: 1000 });
  const { code, stdout, stderr } = await runClient([
    ...["--dir", home.path, "--server", server.address, "--name", "One", "--retries", "0", path],
  ]);
  assert.equal(code, 1, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /\nFatal: .*"large\.bin".*\n$/);
  await server.stop();
  assert.deepEqual(fileRows(databaseIn(data.path)), []);
});

Deno.test("2: nothing says what to do, and there is nobody to ask", async () => {
  await using home = await temporaryFolder();
  const missing = "the server \\(--server HOST:PORT\\), a name \\(--name NAME\\), a file to send";
  assertComplains(await runClient(["--dir", home.path]), {
    code: 2,
    says: new RegExp(
      `^error: There is no ".*transfer\\.info", and these are missing: ${missing}; log in `,
    ),
  });
  assertComplains(await runClient(["--dir", home.path, ...NAMED]), {
    code: 2,
    says: /these are missing: a file to send;/,
  });
});

Deno.test("2: transfer.info is wrong", async () => {
  const cases: readonly (readonly [lines: readonly string[], says: RegExp])[] = [
    [[], /The file is empty; write three lines/],
    [[NOBODY, "Nobody"], /Line 3, the path of the file to send, is missing/],
    [["127.0.0.1:0", "Nobody", "file"], /Port "0" is out of range/],
    [["127.0.0.1:12560", "x".repeat(101), "file"], /The user name "x+\.\.\." has 101 characters/],
    [["127.0.0.1", "Nobody", "file"], /"127\.0\.0\.1" is not an address/],
  ];
  for (const [lines, says] of cases) {
    await using home = await temporaryFolder();
    await writeTransferInfo(home.path, ...lines);
    const ended = await runClient(["--dir", home.path]);
    assertComplains(ended, { code: 2, says });
    assert.match(ended.stderr, /^error: ".*transfer\.info": /);
  }
});

Deno.test("2: the name cannot be sent", async () => {
  await using home = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  const cases = [
    [
      "x".repeat(101),
      /^error: The user name "x+\.\.\." has 101 characters; give one of at most 100$/,
    ],
    ["Zoë", /^error: The user name "Zoë" cannot be sent; give one of unaccented Latin letters/],
  ] as const;
  for (const [name, says] of cases) {
    const flags = ["--dir", home.path, "--server", NOBODY, "--name", name, path];
    assertComplains(await runClient(flags), { code: 2, says });
  }
});

Deno.test("2: the file is missing, a folder, or has too long a name", async () => {
  await using home = await temporaryFolder();
  const longName = "é".repeat(127);
  const cases: readonly (readonly [path: string, says: RegExp])[] = [
    [join(home.path, "none"), /^error: There is no file ".*none"; check the path$/],
    [home.path, /^error: ".*" is a folder, and protocol 3 sends files only; name the files in /],
  ];
  for (const [path, says] of cases) {
    assertComplains(await runClient(["--dir", home.path, ...NAMED, path]), { code: 2, says });
  }
  const { path } = await makeFile(home.path, { name: `${longName}.`, size: 10 });
  const ended = await runClient(["--dir", home.path, ...NAMED, path]);
  assertComplains(ended, { code: 2, says: /is longer than 254 bytes, the most that protocol 3/ });
});

Deno.test("2: the packets would be too many to be numbered", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: [...ON_LOOPBACK, "--max-file-size", "1MB"],
  });
  const path = join(home.path, "sparse.bin");
  await Deno.writeFile(path, new Uint8Array(0));
  await Deno.truncate(path, 65_535 * 1024);
  const flags = ["--dir", home.path, "--server", server.address, "--name", "Two", "--quiet"];
  assertComplains(await runClient([...flags, "--packet-size", "1KiB", path]), {
    code: 2,
    says: /^error: The file needs more than 65535 packets of 1024 bytes; use .* at least 1025$/,
  });
  // Then they are few enough: the server refuses the file. tests/long/ sends it.
  const few = await runClient([...flags, "--packet-size", "1025", "--retries", "0", path]);
  assert.equal(few.code, 1, few.stderr);
});

const bound = await permissionsBind();

Deno.test({
  name: "2: the file is not readable" + (bound ? "" : " (ignored: this user may read everything)"),
  ignore: !bound,
  async fn() {
    await using home = await temporaryFolder();
    const { path } = await makeFile(home.path, { name: "secret.bin", size: 10 });
    await Deno.chmod(path, 0o000);
    assertComplains(await runClient(["--dir", home.path, ...NAMED, path]), {
      code: 2,
      says: /^error: ".*secret\.bin" is not readable for you; check its permissions$/,
    });
  },
});

Deno.test("2: me.info is broken, and stays as it is", async () => {
  await using home = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  const id = "0123456789abcdef".repeat(2);
  for (
    const content of ["Nobody\n", "Nobody\nno id\n", `Nobody\n${id}\nAAAA\n`, `Nobody\n${id}\n`]
  ) {
    await Deno.writeTextFile(join(home.path, "me.info"), content);
    assertComplains(await runClient(["--dir", home.path, ...NAMED, path]), {
      code: 2,
      says: /^error: ".*me\.info".*; .*restore .* register /,
    });
    assert.equal(await Deno.readTextFile(join(home.path, "me.info")), content);
  }
});

Deno.test("2: the command line cannot be understood", async () => {
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["--frobnicate"], /^error: .*--frobnicate/],
    [["--server", "127.0.0.1"], /^error: .*--server.*"127\.0\.0\.1"/],
    [["--retries", "-1"], /^error: .*--retries.*"-1"/],
    [["--packet-size", "0"], /^error: .*--packet-size.*"0"/],
  ];
  for (const [args, says] of cases) {
    assertComplains(await runClient([...args, "file"]), { code: 2, says });
  }
});

Deno.test("3: no server listens; a pause before each retry", async () => {
  await using home = await temporaryFolder();
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  const flags = ["--dir", home.path, ...NAMED, path];
  const fact = "No server listens on 127\\.0\\.0\\.1:1";
  const nobody = `${fact}; check the address, and that the server runs`;
  assertComplains(await runClient([...flags, "--retries", "0"]), {
    code: 3,
    says: new RegExp(`^Fatal: ${nobody}$`),
  });
  const { code, stdout, stderr } = await runClient([...flags, "--retries", "2"]);
  assert.equal(code, 3);
  assert.equal(stdout, "");
  const pauses = ["0\\.25 s \\(1 of 2\\)", "0\\.5 s \\(2 of 2\\)"]
    .map((pause) => `${fact}; trying again in ${pause}\n`);
  assert.match(stderr, new RegExp(`^${pauses.join("")}Fatal: ${nobody}\n$`));
});

Deno.test("4: another client has the name, and nothing is written", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  await using first = await temporaryFolder();
  await using second = await temporaryFolder();
  const flags = ["--server", server.address, "--name", "Same", "--quiet"];
  const { path } = await makeFile(first.path, { name: "file.bin", size: 10 });
  assert.equal((await runClient(["--dir", first.path, ...flags, path])).code, 0);
  assertComplains(await runClient(["--dir", second.path, ...flags, path]), {
    code: 4,
    says: /^Fatal: The server has another client named "Same"; choose another name, or /,
  });
  assert.deepEqual(await Array.fromAsync(Deno.readDir(second.path)), []);
});

Deno.test("With several files the first failure decides, others are sent", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  const { code, stdout } = await runClient([
    ...["--dir", home.path, "--server", server.address, "--name", "Some", "--json"],
    ...[join(home.path, "none"), path],
  ]);
  assert.equal(code, 2);
  const [failed, sent] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const { status, reason, exitCode } = failed;
  assert.deepEqual({ status, reason, exitCode }, {
    status: "failed",
    reason: "file-missing",
    exitCode: 2,
  });
  assert.equal(sent.status, "sent");
});
