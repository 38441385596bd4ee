/** A package for this machine, made, unpacked and run. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { parseReleaseName } from "../../shared/release/release_files.ts";
import { VERSION } from "../../shared/version.ts";
import { runProgram } from "../end_to_end/fixtures/program.ts";
import { npmHas } from "./fixtures/npm_has.ts";
import { findTarget } from "../../shared/release/targets.ts";

const UPLOAD = fileURLToPath(import.meta.resolve("./fixtures/offline_upload.ts"));

const RUNTIME = findTarget(Deno.build.target)?.npmPackage ?? "";

/** In a network of its own, where this system lets everybody make one; else as it is. */
const ALONE = 'if unshare --map-root-user --net true && [ -x "$(command -v ip)" ]; then ' +
  'exec unshare --map-root-user --net sh -c \'ip link set lo up && exec "$0" "$@"\' "$0" "$@"; ' +
  'else exec "$0" "$@"; fi 2>&1';

async function bash(script: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, ...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  assert.equal(code, 0, `${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

Deno.test({
  name: "A package uploads with an empty environment, no network but loopback, and no Deno around",
  // A POSIX shell runs its launcher, and its Deno comes from npm.
  ignore: Deno.build.os === "windows" || !await npmHas(RUNTIME, Deno.version.deno),
  async fn() {
    await using folder = await temporaryFolder();
    const output = join(folder.path, "a new folder");
    const args = ["--target", Deno.build.target, "--output", output];
    const made = await runProgram("package", args);
    assert.equal(made.code, 0, made.stderr);

    const name = `sealpost-${VERSION}-${Deno.build.target}`;
    const names = (await Array.fromAsync(Deno.readDir(output), (entry) => entry.name)).sort();
    assert.deepEqual(names, ["SHA256SUMS", `${name}.tar.gz`]);
    assert.equal(parseReleaseName(`${name}.tar.gz`)?.kind, "package");
    assert(made.stdout.includes(join(output, `${name}.tar.gz`)));

    await bash(
      'cd "$0" && tar -xzf *.tar.gz && (sha256sum -c SHA256SUMS || shasum -c SHA256SUMS)',
      output,
    );
    const client = join(output, name, "sealpost");
    const flags = ["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read", "--allow-write"];
    const granted = ["--allow-env", "--allow-sys=networkInterfaces,statfs", "--allow-run"];
    const said = await bash(ALONE, Deno.execPath(), ...flags, ...granted, UPLOAD, client);
    assert.match(said, /^uploaded( without a network)?\n$/);
    for (const licence of ["LICENSE", "lib/licences/deno.txt", "lib/licences/optique-core.txt"]) {
      const text = await Deno.readTextFile(join(output, name, licence));
      assert.match(text, /MIT License[\s\S]*Copyright/, licence);
    }
  },
});
