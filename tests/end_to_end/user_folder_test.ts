/** A client that is installed, in more than one folder. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { HAS_TERMINAL, OnTerminal } from "../terminal/on_terminal.ts";
import { releasedClient } from "./fixtures/installed_client.ts";
import { RunningServer } from "./fixtures/running_server.ts";
import { isInstalled } from "./fixtures/tool.ts";

const able = Deno.build.os !== "windows" && await isInstalled("sh");

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

/** Two folders of a user with a file in each, a user's own folder, and an installed client. */
async function installed() {
  const stack = new AsyncDisposableStack();
  const folder = async () => stack.use(await temporaryFolder()).path;
  const [programs, one, two, config] = [
    await folder(),
    await folder(),
    await folder(),
    await folder(),
  ];
  await releasedClient(programs);
  for (const place of [one, two]) await Deno.writeTextFile(join(place, "note.txt"), "hello");
  const program = join(programs, "sealpost");
  const env = { XDG_CONFIG_HOME: config, NO_COLOR: "1" };
  const run = async (cwd: string, ...args: readonly string[]) => {
    // By a shell, since the tests may run no program of any name.
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      ...{ args: ["-c", 'exec "$0" "$@"', program, ...args], cwd, env, stdin: "null" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  return {
    ...{ one, two, program, env, run },
    kept: join(config, "sealpost"),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

Deno.test({
  name: "An installed client that has sent a file sends from any other folder by its name alone",
  ignore: !able,
  async fn() {
    await using user = await installed();
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { run, one, two, kept } = user;
    const first = await run(one, "note.txt", "--server", server.address, "--name", "Bo");
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(await namesIn(kept), ["me.info", "priv.key", "servers"]);
    const second = await run(two, "note.txt");
    assert.equal(second.code, 0, second.stderr);
    assert.match(second.stdout, new RegExp(`sent to ${server.address}: .* verified\\n$`));
    for (const place of [one, two]) assert.deepEqual(await namesIn(place), ["note.txt"]);
    assert.equal(((await Deno.stat(kept)).mode ?? 0) & 0o777, 0o700);

    const doctor = await run(two, "doctor");
    assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
    assert(
      doctor.stdout.includes(`"${kept}" can be written, and is used since no files of a client`),
    );
    assert(doctor.stdout.includes(`"${kept}/me.info" belongs to "Bo" at ${server.address}`));
    assert.match(doctor.stdout, new RegExp(`${server.address} takes connections`));

    // A folder that names a name goes without the user's own.
    const named = await run(two, "note.txt", "--dir", two);
    assert.equal(named.code, 2);
    assert.match(named.stderr, /these are missing: the server .*, a name/);
  },
});

Deno.test({
  name: "A folder with a transfer.info of its own keeps the identity for it, as a course has it",
  ignore: !able,
  async fn() {
    await using user = await installed();
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { run, one, kept } = user;
    await Deno.writeTextFile(join(one, "transfer.info"), `${server.address}\nBo\nnote.txt\n`);
    const { code, stderr } = await run(one);
    assert.equal(code, 0, stderr);
    const names = ["me.info", "note.txt", "priv.key", "servers", "transfer.info"];
    assert.deepEqual(await namesIn(one), names);
    assert.equal(await Deno.stat(kept).catch(() => undefined), undefined);
  },
});

Deno.test({
  name: "After the questions of a first run an installed client sends from any folder",
  ignore: !able || !HAS_TERMINAL,
  async fn() {
    await using user = await installed();
    await using data = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    const { run, one, two, kept, program, env } = user;
    const client = new OnTerminal(program, { cwd: one, env });
    await client.answer("Server (host:port)?", server.address);
    await client.answer("no server proves that? [yes/no]", "yes");
    await client.answer("Your name on that server?", "Bo Peep");
    await client.answer("Which file shall be sent?", "note.txt");
    await client.answer("[Y/n]", "y");
    assert.equal(await client.ended(), 0, client.shown);
    assert(client.shown.includes(`two files are kept in "${kept}"`), client.shown);
    assert.deepEqual(await namesIn(one), ["note.txt", "transfer.info"]);
    for (const args of [[], ["note.txt"]]) {
      const { code, stderr } = await run(args.length === 0 ? one : two, ...args);
      assert.equal(code, 0, stderr);
    }
  },
});
