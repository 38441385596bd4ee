/**
 * Places and variables that the system or the runtime refuses: one line that says so, and never a
 * stack.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile } from "./fixtures/client_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { makeOddThings, NOT_FOR_PROGRAMS } from "./fixtures/odd_things.ts";
import { runClient as runHere } from "./fixtures/in_process.ts";
import { type Ended, runClient, runProgram } from "./fixtures/program.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

const LINUX = Deno.build.os === "linux";

/** Runs a shell's command line with `"$@"`, for bytes that no argument of ours can have. */
function inShell(script: string): readonly [string, ...string[]] {
  return ["sh", "-c", script, "sh"];
}

const FILES: readonly (readonly [file: string, says: RegExp])[] = [
  ["/proc/self/environ", NOT_FOR_PROGRAMS],
  ["/proc/1/mem", NOT_FOR_PROGRAMS],
  ["/sys/power/state", NOT_FOR_PROGRAMS],
  ["/dev/fd/0", NOT_FOR_PROGRAMS],
  ["/dev/null", /"\/dev\/null" is not a regular file/],
  ["/dev/zero", /"\/dev\/zero" is not a regular file/],
  ["broken", /"broken" is a link to a file that is not there/],
  ["loop", /Cannot read "loop": Too many levels of symbolic links/],
  ["pipe", /"pipe" is not a regular file/],
  ["folder", /"folder" is a folder/],
  ["file/below", /another file stands where a folder should/],
  ["x".repeat(300), /File name too long/],
  ["bad\ufffd.txt", /if its name is not UTF-8/],
];

Deno.test({
  name: "A client says of each file that cannot be looked at why, and sends the others",
  ignore: !LINUX,
  fn: async () => {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await makeOddThings(home.path);
    await using server = await RunningServer.here(data.path);
    const { name } = await makeFile(home.path, { name: "good.bin", size: 100 });
    const flags = ["--server", server.address, "--name", "Odd", "--dir", home.path];
    const files = [...FILES.map(([file]) => file), name];
    const ended = await runClient([...files, ...flags], { cwd: home.path });
    assert.equal(ended.code, 2, ended.stderr);
    const lines = ended.stderr.split("\n").filter((line) => line.startsWith("error: "));
    assert.equal(lines.length, FILES.length, ended.stderr);
    for (const [at, [, says]] of FILES.entries()) assert.match(lines[at] ?? "", says);
    assert.match(ended.stdout, /^"good\.bin" sent to /);
    assert.deepEqual(fileRows(databaseIn(data.path)).map((row) => row.fileName), [name]);
  },
});

const CLIENT_PLACES: readonly (readonly [dir: string, says: RegExp])[] = [
  ["/proc/self", NOT_FOR_PROGRAMS],
  ["/dev/null", /"\/dev\/null" is not a folder/],
  ["loop", /Cannot look at ".*\/loop": Too many levels of symbolic links/],
  ["nowhere", /There is no folder ".*\/nowhere"/],
  ["with-pipes", /Cannot read ".*me\.info": it is no regular file/],
];

for (const [dir, says] of CLIENT_PLACES) {
  Deno.test({
    name: `A client with --dir ${dir} says what is wrong with it`,
    ignore: !LINUX,
    fn: async () => {
      await using home = await temporaryFolder();
      await makeOddThings(home.path);
      await Deno.mkdir(join(home.path, "with-pipes"));
      await Deno.rename(join(home.path, "pipe"), join(home.path, "with-pipes", "me.info"));
      const at = dir.startsWith("/") ? dir : join(home.path, dir);
      const args = ["file", "--dir", at, "--server", "127.0.0.1:1", "--name", "Odd"];
      // Only the rights of its task keep the client out of /proc.
      const ended = await (dir.startsWith("/proc") ? runClient(args) : runHere(args));
      assertComplains(ended, { code: 2, says });
    },
  });
}

Deno.test({
  name: "A client says that it cannot open a file whose name is not UTF-8, and sends the others",
  ignore: !LINUX,
  fn: async () => {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using server = await RunningServer.here(data.path);
    await makeFile(home.path, { name: "good.bin", size: 100 });
    const through = inShell('printf content > "$(printf \'bad\\377.txt\')"; exec "$@" *.txt');
    const args = ["good.bin", "--server", server.address, "--name", "Bytes", "--dir", home.path];
    const ended = await runClient(args, { cwd: home.path, through });
    assert.equal(ended.code, 2, ended.stderr);
    assert.match(
      ended.stderr,
      /^error: There is no file "bad\ufffd\.txt"; if its name is not UTF-8 .* rename it$/m,
    );
    assert.match(ended.stdout, /^"good\.bin" sent to /m);
  },
});

for (
  const [program, variable] of [
    ["client", "SEALPOST_NAME"],
    ["server", "SEALPOST_DATA"],
  ] as const
) {
  Deno.test({
    name: `A ${program} names the variable ${variable} when it is not UTF-8`,
    ignore: !LINUX,
    fn: async () => {
      const through = inShell(`${variable}=$(printf '\\377') exec "$@"`);
      const args = program === "client" ? ["file", "--server", "127.0.0.1:1"] : ON_LOOPBACK;
      const ended: Ended = await runProgram(program, args, { through });
      assertComplains(ended, {
        code: 2,
        says: new RegExp(
          `^error: The variable ${variable} is not UTF-8; set it again, or unset it`,
        ),
      });
    },
  });
}

Deno.test({
  name: "A client with --json tells of a variable that is not UTF-8 in an object too",
  ignore: !LINUX,
  fn: async () => {
    const through = inShell(`SEALPOST_RETRIES=$(printf '\\377') exec "$@"`);
    const { code, stdout } = await runClient(["file", "--json"], { through });
    assert.equal(code, 2);
    const { status, reason, message, exitCode } = JSON.parse(stdout);
    assert.deepEqual([status, reason, exitCode], ["failed", "bad-setting", 2]);
    assert.match(message, /SEALPOST_RETRIES is not UTF-8/);
  },
});
