/**
 * `deno task compile`, as far as it goes without the base that Deno fetches, and on when it is
 * there.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { compileArguments } from "../../../release/compile/compile_arguments.ts";
import { runDeno } from "../../../release/run_deno.ts";
import { bundleClient } from "../../../release/source/bundle.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { findTarget } from "../../../shared/release/targets.ts";
import { VERSION } from "../../../shared/version.ts";
import { type Ended, ROOT, runProgram } from "../../end_to_end/fixtures/program.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";
import { playTreeCommands } from "../../release/fixtures/tree_commands.ts";

async function compile(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { DENORT_BIN: "" },
): Promise<Ended> {
  return await runProgram("compile", args, { env });
}

function fails(ended: Ended, message: RegExp): void {
  assert.equal(ended.code, 1, ended.stdout);
  assert.match(ended.stderr, message);
  // Nothing that was made.
  assert.doesNotMatch(ended.stdout, /iB/);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("Without a base and network, compile names two ways out", async () => {
  await using folder = await temporaryFolder();
  // The bundler comes from npm, and is in Deno's cache after this.
  await bundleClient(folder.path, "commit 1234");
  const output = join(folder.path, "sealpost");
  const nobody = "http://127.0.0.1:1";
  const env = { DENORT_BIN: "", HTTPS_PROXY: nobody, HTTP_PROXY: nobody, NO_PROXY: "" };
  const { code, stderr } = await compile(["--output", output], env);
  if (code === 0) {
    // A base in Deno's cache: this is a real client then.
    const run = new Deno.Command("bash", { args: ["-c", '"$0" --version', output] });
    const { stdout } = await run.output();
    assert(new TextDecoder().decode(stdout).startsWith(`sealpost ${VERSION} (`));
    return;
  }
  const [failed = "", ways = "", ...more] = stderr.trimEnd().split("\n");
  assert.deepEqual(more, []);
  assert.match(failed, /^error: The base of the binary \(denort .*\) could not be fetched: .+/);
  assert.match(ways, /DENORT_BIN=PATH.*deno task package --target /);
  assert(ways.endsWith(Deno.build.target));
  await assert.rejects(Deno.stat(output), Deno.errors.NotFound);
});

Deno.test("compile tells what is wrong with the base that DENORT_BIN names", async () => {
  await using folder = await temporaryFolder();
  const args = ["--output", join(folder.path, "sealpost")];
  const text = join(ROOT, "README.md");
  const other = Deno.build.os === "darwin" ? "x86_64-pc-windows-msvc" : "aarch64-apple-darwin";
  const none = join(folder.path, "none");
  fails(await compile(args, { DENORT_BIN: none }), /^error: DENORT_BIN, ".*none", is missing/);
  fails(
    await compile(args, { DENORT_BIN: folder.path }),
    /^error: DENORT_BIN, ".*", is not a file/,
  );
  fails(
    await compile(args, { DENORT_BIN: text }),
    /README\.md", is no executable .*give the denort/,
  );
  fails(
    await compile([...args, "--target", other], { DENORT_BIN: Deno.execPath() }),
    new RegExp(`is an executable for ${Deno.build.os} on .*give the denort for `),
  );
  fails(await compile(["--target", "all"], { DENORT_BIN: text }), /name that with --target/);
  assert.deepEqual(await namesIn(folder.path), []);
});

Deno.test("compile refuses a base that makes a program which is not the client", async () => {
  await using folder = await temporaryFolder();
  // A whole Deno can be compiled onto, but does not look for what was compiled.
  const args = ["--output", join(folder.path, "sealpost")];
  fails(
    await compile(args, { DENORT_BIN: Deno.execPath() }),
    /^error: The binary does not run as sealpost .* is not its base\. .* it said "deno \d/,
  );
  assert.deepEqual(await namesIn(folder.path), []);
});

Deno.test("compile and package say where nothing can be put", async () => {
  const output = join(ROOT, "README.md");
  const message =
    /^error: No folder ".*README\.md" can be made: that is a file; name another place/;
  fails(await compile(["--output", join(output, "sealpost")]), message);
  fails(await runProgram("package", ["--output", output]), message);
});

Deno.test("compile explains itself, and refuses targets that there are none of", async () => {
  const help = await compile(["--help"]);
  assert.equal(help.code, 0, help.stderr);
  assert.match(help.stdout, /Usage: deno task compile \[--target TRIPLE\] \[--output PATH\]/);
  const odd = await compile(["--target", "sparc-sun-solaris"]);
  assert.equal(odd.code, 2);
  assert.match(odd.stderr, /^error: .*x86_64-unknown-linux-gnu.*sparc-sun-solaris"\n$/);
});

Deno.test("A binary has the flags for V8 by which the client takes little memory", async () => {
  await using folder = await temporaryFolder();
  const { path: bundle } = await bundleClient(folder.path, "commit 1234");
  const target = findTarget(Deno.build.target) ?? assert.fail();
  const output = join(folder.path, "sealpost");
  // Onto a whole Deno, which does not look for what was compiled, but is there everywhere.
  const compiled = await runDeno(compileArguments({ bundle, target, output }), {
    env: { DENORT_BIN: Deno.execPath() },
  });
  assert(compiled.success, compiled.stderr);
  const binary = new TextDecoder("latin1").decode(await Deno.readFile(output));
  const [, flags = ""] = /"v8_flags":\[([^\]]*)\]/.exec(binary) ?? [];
  assert.deepEqual(flags.split(",").slice(-2), [
    '"--min-semi-space-size=4"',
    '"--max-semi-space-size=4"',
  ]);
});

/** A base of this Deno for this machine, which the tests are given. */
const BASE = Deno.env.get("DENORT_BIN") ?? "";

Deno.test({
  name: "A binary does all of protocol 4" +
    (BASE === "" ? " (left out: DENORT_BIN names no base)" : ""),
  ignore: BASE === "",
  async fn() {
    await using folder = await temporaryFolder();
    await using data = await temporaryFolder();
    const output = join(folder.path, "sealpost");
    const { code, stderr } = await compile(["--output", output], { DENORT_BIN: BASE });
    assert.equal(code, 0, stderr);
    await using server = await RunningServer.start(data.path, { lifeLimit: 300_000 });
    await playTreeCommands({
      run: (words) => runTool("bash", ["-c", 'exec "$0" "$@"', output, ...words]),
      folder: folder.path,
      address: await server.printed(/^sealpost:/),
    });
  },
});
