/** The oldest Deno that the client promises to run on, and a real one at that. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { fetchPackage } from "../../../release/npm/fetch_package.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { findTarget } from "../../../shared/release/targets.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { storedFiles } from "../../end_to_end/fixtures/data_folder.ts";
import { ROOT, runClient, runProgram } from "../../end_to_end/fixtures/program.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { AccountServer } from "../../peers/account_server.ts";
import { npmHas } from "../../release/fixtures/npm_has.ts";
import { playTreeCommands } from "../../release/fixtures/tree_commands.ts";

/** The first one with `deno bundle`, which releases are made with. */
const OLDEST = "2.4.0";

const target = findTarget(Deno.build.target);
const ignore = target === undefined || target.os === "windows" ||
  !await npmHas(target.npmPackage, OLDEST);

/** Variables for the old Deno: it knows only its own certificates unless it is told otherwise. */
const ENV = { DENO_TLS_CA_STORE: "system,mozilla", DENO_NO_UPDATE_CHECK: "1" };

async function oldest(folder: string): Promise<string> {
  assert(target !== undefined);
  const runtime = await fetchPackage(`${target.npmPackage}@${OLDEST}`, { parent: folder });
  return join(runtime.folder, `deno${target.executableSuffix}`);
}

Deno.test({
  name: `Deno ${OLDEST} finds every name that client and release use`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const programs = ["client", "release/compile", "release/package", "release/notes"];
    // It takes other types for Node's modules than the lock file has.
    const args = ["check", "--no-lock", "--quiet", ...programs.map((name) => `${name}/main.ts`)];
    const { code, stderr } = await new Deno.Command("bash", {
      args: ["-c", 'exec "$0" "$@"', await oldest(folder.path), ...args],
      cwd: ROOT,
      env: ENV,
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  },
});

Deno.test({
  name: `On Deno ${OLDEST} the client sends a file to the server`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    // The shell is given this Deno too, and leaves it out.
    const instead = ["bash", "-c", 'shift; exec "$0" "$@"', await oldest(folder.path)] as const;
    const options = { through: instead, env: ENV };
    const version = await runClient(["--version"], options);
    assert.match(version.stdout, new RegExp(`, deno ${OLDEST.replaceAll(".", "\\.")}, `));
    await using server = await RunningServer.start(data.path);
    const { path, content } = await makeFile(home.path, { name: "file.bin", size: 3_000_000 });
    const flags = ["--dir", home.path, "--server", server.address, "--name", "Old"];
    const sent = await runClient([...flags, path], options);
    assert.equal(sent.code, 0, sent.stderr);
    const [stored = "", ...others] = await storedFiles(data.path);
    assert.equal(basename(stored), "file.bin");
    assert.deepEqual(others, []);
    assert.deepEqual(new Uint8Array(await Deno.readFile(join(data.path, stored))), content);
  },
});

Deno.test({
  name: `On Deno ${OLDEST} the client logs in to a server of protocol 4`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using home = await temporaryFolder();
    const instead = ["bash", "-c", 'shift; exec "$0" "$@"', await oldest(folder.path)] as const;
    const options = { through: instead, env: ENV };
    await using server = await AccountServer.start();
    const flags = ["--dir", home.path];
    const { code, stderr } = await runClient(
      ["login", server.text(), "--name", "Old", ...flags],
      options,
    );
    assert.equal(code, 0, stderr);
    const status = await runClient(["status", ...flags], options);
    assert.match(status.stdout, /logged in as "Old"/);
    await using other = await AccountServer.start();
    const address = formatServerAddress({ ...other.address, spki: server.key.spki });
    const refused = await runClient(["login", address, "--name", "Old", ...flags], options);
    assert.equal(refused.code, 3, refused.stderr);
    assert.match(refused.stderr, /has another key than the known one/);
  },
});

Deno.test({
  name: `On Deno ${OLDEST} the client does all of protocol 4 with the server`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    const instead = ["bash", "-c", 'shift; exec "$0" "$@"', await oldest(folder.path)] as const;
    // Some twenty commands, each of which takes its time on an old Deno.
    await using server = await RunningServer.start(data.path, { lifeLimit: 300_000 });
    await playTreeCommands({
      run: (words) => runClient(words, { through: instead, env: ENV }),
      folder: home.path,
      address: await server.printed(/^sealpost:/),
    });
  },
});

Deno.test({
  name: `On Deno ${OLDEST} the server says in one line that it needs a later one`,
  ignore,
  async fn() {
    await using folder = await temporaryFolder();
    const instead = ["bash", "-c", 'shift; exec "$0" "$@"', await oldest(folder.path)] as const;
    const { code, stdout, stderr } = await runProgram("server", [], {
      ...{ through: instead, env: ENV, cwd: folder.path },
    });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /^error: The server needs Deno 2\.9 or later, and this is Deno 2\.4\.0; /);
    assert.equal(stderr.split("\n").length, 2, stderr);
  },
});
