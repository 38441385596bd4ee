/** What the programs print, for people and in pipes. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import config from "../../deno.json" with { type: "json" };
import { makeFile } from "./fixtures/client_folder.ts";
import { runClient, runProgram } from "./fixtures/in_process.ts";
import { runProgram as runProcess, taskWords } from "./fixtures/program.ts";
import { RunningServer } from "./fixtures/running_server.ts";

/** As on a terminal with colours: only the pipe shows that there is none. */
const COLOURFUL = { NO_COLOR: "", TERM: "xterm-256color", COLORTERM: "truecolor" };

const EXIT_CODES = { server: [0, 1, 2], client: [0, 1, 2, 3, 4] } as const;

for (const program of ["server", "client"] as const) {
  Deno.test(`--help of the ${program} has all variables and exit codes`, async () => {
    const { code, stdout, stderr } = await runProgram(program, ["--help"]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    const flags = Array.from(
      stdout.matchAll(/^ {2}(?:-h, )?--([a-z-]+)/gm),
      ([, flag = ""]) => flag,
    );
    assert(flags.length >= 10);
    const named = Array.from(stdout.matchAll(/Also:\s+(SEALPOST_\w+)/g), ([, name = ""]) => name);
    assert.deepEqual(
      named.sort(),
      flags.filter((flag) => flag !== "help" && flag !== "version")
        .map((flag) => `SEALPOST_${flag.replaceAll("-", "_").toUpperCase()}`).sort(),
    );
    const [, exitCodes = ""] = /Exit codes: (.*)/s.exec(stdout) ?? [];
    for (const exitCode of EXIT_CODES[program]) {
      assert.match(exitCodes, new RegExp(`(^|[,;]\\s+)${exitCode}\\s`));
    }
  });

  Deno.test(`--version of the ${program} has the version of deno.json`, async () => {
    const ended = await runProgram(program, ["--version"]);
    const runtime = `deno ${Deno.version.deno}, ${Deno.build.target}`;
    const stdout = `sealpost ${config.version} (run from source, ${runtime})\n`;
    assert.deepEqual(ended, { code: 0, stdout, stderr: "" });
  });
}

for (const program of ["server", "client"] as const) {
  Deno.test(`deno task ${program} prints at most three lines first, and grants little`, () => {
    const shown = `Task ${program} ${config.tasks[program].command}`;
    assert(shown.length <= 3 * 80, `${shown.length} characters`);
    const [variables = "", ...more] = taskWords(program).filter((word) => /^-E|-env/.test(word));
    // All of our own by their beginning, and others one by one.
    assert.match(variables, /^-E=SEALPOST_\*(,[A-Z_]+)*$/);
    assert.deepEqual(more, []);
  });
}

Deno.test("--quiet prints nothing at all when all is well", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { path } = await makeFile(home.path, { name: "file.bin", size: 5_000_000 });
  const flags = ["--dir", home.path, "--server", server.address, "--name", "Quiet", "--quiet"];
  for (const file of [path, path]) {
    assert.deepEqual(await runClient([...flags, file]), { code: 0, stdout: "", stderr: "" });
  }
});

Deno.test("A pipe never gets an escape sequence, whatever the terminal can do", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.start(data.path, { env: COLOURFUL });
  const { path } = await makeFile(home.path, { name: "file.bin", size: 5_000_000 });
  const flags = ["--dir", home.path, "--server", server.address, "--name", "Pipe", "--verbose"];
  const runs = [
    await runProcess("client", [...flags, path, join(home.path, "none")], { env: COLOURFUL }),
    await runClient(["--frobnicate"], { env: COLOURFUL }),
    await runClient(["--help"], { env: COLOURFUL }),
    await runProgram("server", ["--help"], { env: COLOURFUL }),
    await runProgram("server", ["--frobnicate"], { env: COLOURFUL }),
    await server.stop(),
  ];
  assert.deepEqual(runs.map(({ code }) => code), [2, 2, 0, 0, 2, 0]);
  for (const { stdout, stderr } of runs) {
    assert(`${stdout}${stderr}`.length > 0);
    // deno-lint-ignore no-control-regex -- these are what is looked for
    assert.doesNotMatch(`${stdout}${stderr}`, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  }
});

Deno.test("The server's standard output has its addresses only", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const { path } = await makeFile(home.path, { name: "file.bin", size: 10 });
  const flags = ["--dir", home.path, "--server", server.address, "--name", "Reader"];
  assert.equal((await runClient([...flags, path])).code, 0);
  const { stdout, stderr } = await server.stop();
  assert.match(
    stdout,
    /^listening on 127\.0\.0\.1:(\d+)\nsealpost:\/\/127\.0\.0\.1:\1\/#[\w-]{44}\n$/,
  );
  assert.match(stderr, / Stored 'file\.bin': 10 bytes, verified\n/);
});
