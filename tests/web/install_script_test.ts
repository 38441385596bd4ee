/** `install.sh` of a real server, run by a real shell. Packages are in tests/long/. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { writeReleased, writeSums } from "./release.ts";
import { CAN_INSTALL, IGNORED, install, listing, nameOf, scriptOf } from "./run_install_script.ts";
import { clientRows, databaseIn } from "../end_to_end/fixtures/data_folder.ts";
import { installedClient } from "../end_to_end/fixtures/installed_client.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { runTool } from "../end_to_end/fixtures/tool.ts";
import { writeProgram } from "../end_to_end/fixtures/write_program.ts";

/** Puts a program into a release for this machine that is the real client, started by a shell. */
async function writeClient(folder: string): Promise<string> {
  await installedClient(folder);
  const program = await Deno.readTextFile(join(folder, "sealpost"));
  await writeSums(folder, [await writeReleased(folder, nameOf("binary"), program)]);
  return program;
}

Deno.test({
  name: "install.sh puts the client in its place, which then sends a file as it was told" + IGNORED,
  ignore: !CAN_INSTALL,
  async fn() {
    await using data = await temporaryFolder();
    await using release = await temporaryFolder();
    await using home = await temporaryFolder();
    const program = await writeClient(release.path);
    await using server = await RunningServer.here(data.path, { downloads: release.path });
    const script = await scriptOf(server.page);
    const bin = join(home.path, ".local", "bin");
    let told = "";
    // Twice: the second time over what is there.
    for (const path of ["/usr/bin:/bin", `${bin}:/usr/bin:/bin`]) {
      const { code, stdout, stderr } = await install(script, home.path, { PATH: path });
      assert.equal(code, 0, stderr);
      assert.equal(stderr, "");
      assert(stdout.includes(`Installed Sealpost 1.2.3 as ${bin}/sealpost\n`), stdout);
      assert.equal(stdout.includes("Put it on your path"), !path.startsWith(bin));
      told = stdout;
      assert.equal(await Deno.readTextFile(join(bin, "sealpost")), program);
      const { mode } = await Deno.stat(join(bin, "sealpost"));
      assert.equal((mode ?? 0) & 0o777, 0o755);
      assert.deepEqual(await listing(home.path), ["./.local/bin/sealpost", "./install.sh"]);
    }
    const [, logIn = ""] = /^To log in, once: {2}(sealpost login .*)$/m.exec(told) ?? [];
    const [, send = ""] = /^To send a file: {2}(sealpost send FILE)$/m.exec(told) ?? [];
    const typed = `${logIn.replace("Your Name", "New")} && ${send.replace("FILE", "install.sh")}`;
    const sent = await runTool("sh", ["-c", typed], {
      cwd: home.path,
      // The program of the tests has Deno's home, so that its settings need a place of their own.
      env: { XDG_CONFIG_HOME: join(home.path, "config"), PATH: `${bin}:/usr/bin:/bin` },
    });
    assert.equal(sent.code, 0, sent.stderr);
    assert.match(sent.stdout, /^Registered as "New" .*\n1 file sent .* verified\n$/);
    await server.stop();
    assert.deepEqual(clientRows(databaseIn(data.path)).map(({ name }) => name), ["New"]);
  },
});

Deno.test({
  name: "install.sh refuses a file with another digest, and leaves what was there alone" + IGNORED,
  ignore: !CAN_INSTALL,
  async fn() {
    await using data = await temporaryFolder();
    await using release = await temporaryFolder();
    await using home = await temporaryFolder();
    await writeClient(release.path);
    await using server = await RunningServer.here(data.path, { downloads: release.path });
    // An attacker in between that changes a byte of every download.
    await using between = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname, host } = new URL(request.url);
        const answer = await fetch(`${server.page}${pathname.slice(1)}`, {
          headers: { "x-host": host },
        });
        const bytes = new Uint8Array(await answer.arrayBuffer());
        if (pathname.startsWith("/downloads/")) bytes[20] = (bytes[20] ?? 0) ^ 1;
        return new Response(bytes);
      },
    );
    const page = `http://127.0.0.1:${between.addr.port}/`;
    const script = (await scriptOf(server.page)).replaceAll(
      server.page.slice(0, -1),
      page.slice(0, -1),
    );
    await Deno.mkdir(join(home.path, ".local", "bin"), { recursive: true });
    await Deno.writeTextFile(join(home.path, ".local", "bin", "sealpost"), "older");
    const { code, stderr } = await install(script, home.path);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: sealpost-1\.2\.3-\S+ has the digest \w{64} and not \w{64}; nothing was /,
    );
    assert.equal(await Deno.readTextFile(join(home.path, ".local", "bin", "sealpost")), "older");
    assert.deepEqual(await listing(home.path), ["./.local/bin/sealpost", "./install.sh"]);
  },
});

Deno.test({
  name: "install.sh does nothing at all when it was cut off, and says what it lacks" + IGNORED,
  ignore: !CAN_INSTALL,
  async fn() {
    await using data = await temporaryFolder();
    await using release = await temporaryFolder();
    await using home = await temporaryFolder();
    await writeClient(release.path);
    await using server = await RunningServer.here(data.path, { downloads: release.path });
    const script = await scriptOf(server.page);
    const call = script.lastIndexOf("sealpost_install");
    for (const end of [1, 100, 700, 2000, 4000, call - 1, call]) {
      const { stdout } = await install(script.slice(0, end), home.path);
      assert.equal(stdout, "");
      assert.deepEqual(await listing(home.path), ["./install.sh"]);
    }
    // A system that is offered nothing, and one without a way to fetch anything.
    const tools = join(home.path, "tools");
    await Deno.mkdir(tools);
    const fake = (name: string, text: string) =>
      writeProgram(join(tools, name), `#!/bin/sh\necho ${text}\n`);
    await fake("uname", "Plan9");
    const strange = await install(script, home.path, { PATH: `${tools}:/usr/bin:/bin` });
    assert.equal(strange.code, 1);
    assert.match(strange.stderr, /^error: there is no client for Plan9 here; see http/);
    await Deno.remove(join(tools, "uname"));
    const link = 'tools=$0; for t; do ln -s "$(command -v "$t")" "$tools/$t" || exit 1; done';
    const bare = ["uname", "grep", "cat"];
    assert.equal((await runTool("sh", ["-c", link, tools, ...bare])).code, 0);
    const withTools = () =>
      runTool("sh", ["-c", 'PATH="$0"; . ./install.sh', tools], {
        cwd: home.path,
        env: { HOME: home.path },
      });
    const poor = await withTools();
    assert.equal(poor.code, 1);
    assert.match(poor.stderr, /^error: curl or wget is needed; install one of them$/m);
    // What it needs at the least, with wget to fetch.
    const enough = ["wget", "mkdir", "mktemp", "sha256sum", "cut", "mv", "rm", "chmod"];
    if ((await runTool("sh", ["-c", link, tools, ...enough])).code !== 0) return;
    const installed = await withTools();
    assert.equal(installed.code, 0, installed.stderr);
    assert.match(installed.stdout, /^Installed Sealpost 1\.2\.3 as /m);
  },
});
