/** `install.sh` where a page offers packages with Deno, and no executables. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { type ReleasedFile, writeReleased, writeSums } from "../../web/release.ts";
import {
  CAN_INSTALL,
  IGNORED,
  install,
  listing,
  nameOf,
  scriptOf,
} from "../../web/run_install_script.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";

/** Puts a package for this machine into a release: a launcher that says what it is started with. */
async function writePackage(release: string, version: string): Promise<ReleasedFile> {
  const name = nameOf("package", version);
  const folder = join(release, "unpacked", `sealpost-${version}`);
  await Deno.mkdir(join(folder, "lib"), { recursive: true });
  // It has to find what lies beside it, and to get its arguments as they are.
  await Deno.writeTextFile(
    join(folder, "sealpost"),
    '#!/bin/sh\ncat "$(dirname "$0")/lib/text"\nfor word in "$@"; do echo "<$word>"; done\n',
    { mode: 0o755 },
  );
  await Deno.writeTextFile(join(folder, "lib", "text"), `packed ${version}\n`);
  const packed = await runTool("sh", [
    ...["-c", 'cd "$0/unpacked" && tar -czf "../$1" "$2"', release, name, `sealpost-${version}`],
  ]);
  assert.equal(packed.code, 0, packed.stderr);
  return await writeReleased(release, name, await Deno.readFile(join(release, name)));
}

Deno.test({
  name: "install.sh unpacks a package where there is no executable, and upgrades it" + IGNORED,
  ignore: !CAN_INSTALL,
  async fn() {
    await using data = await temporaryFolder();
    await using release = await temporaryFolder();
    await using home = await temporaryFolder();
    const bin = join(home.path, "it's a folder");
    const share = join(home.path, "it's data", "sealpost");
    const files: ReleasedFile[] = [];
    const installed = async (version: string) => {
      files.push(await writePackage(release.path, version));
      await writeSums(release.path, files);
      await using server = await RunningServer.here(data.path, { downloads: release.path });
      const { code, stdout, stderr } = await install(await scriptOf(server.page), home.path, {
        SEALPOST_INSTALL_DIR: bin,
        XDG_DATA_HOME: join(home.path, "it's data"),
      });
      assert.equal(code, 0, stderr);
      await server.stop();
      return stdout;
    };
    const folderOf = (version: string) =>
      join(share, nameOf("package", version).replace(/^sealpost-(.*)\.tar\.gz$/, "$1"));

    assert.doesNotMatch(await installed("1.2.3"), /Kept/);
    assert.equal((await listing(home.path)).length, 4);
    // Somebody became a client beside the program, with this version, and another with an older
    // one.
    await Deno.writeTextFile(join(folderOf("1.2.3"), "me.info"), "who I am", { mode: 0o600 });
    // What a registration there has replaced, and identities for other servers.
    const others = ["replaced/time/priv.key", "servers/server.example_1256/priv.key"];
    for (const path of others) {
      await Deno.mkdir(join(folderOf("1.2.3"), path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folderOf("1.2.3"), path), path, { mode: 0o600 });
    }
    await Deno.mkdir(folderOf("1.0.0"));
    await Deno.writeTextFile(join(folderOf("1.0.0"), "priv.key"), "another");
    await Deno.mkdir(folderOf("1.1.0"));
    for (const version of ["1.2.3", "1.2.4"]) {
      const said = await installed(version);
      const kept = join(folderOf(version), "me.info");
      assert.equal(await Deno.readTextFile(kept), "who I am");
      assert.equal(((await Deno.stat(kept)).mode ?? 0) & 0o777, 0o600);
      for (const path of others) {
        assert.equal(await Deno.readTextFile(join(folderOf(version), path)), path);
      }
      assert.match(said, /^That removes the identity or transfer\.info too/m);
      assert(said.includes(`Kept ${folderOf("1.0.0")}, an older version`), said);
      const { stdout } = await runTool("sh", ["-c", '"$0" "a b" "c\'d"', join(bin, "sealpost")]);
      assert.equal(stdout, `packed ${version}\n<a b>\n<c'd>\n`);
      const folders = (await Array.fromAsync(Deno.readDir(share), ({ name }) => name)).sort();
      assert.deepEqual(folders.map((name) => join(share, name)), [
        folderOf("1.0.0"),
        folderOf(version),
      ]);
      // What it says removes it all.
      if (version !== "1.2.4") continue;
      const [, removal = ""] = /^To remove it: {2}(.*)$/m.exec(said) ?? [];
      assert.equal((await runTool("sh", ["-c", removal])).code, 0);
      assert.deepEqual(await listing(home.path), ["./install.sh"]);
    }
  },
});
