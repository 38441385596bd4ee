/**
 * Places that a server is pointed to and cannot use: one line that says so, no stack, and no
 * waiting.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { assertComplains } from "../../end_to_end/fixtures/complaint.ts";
import { makeOddThings, NOT_FOR_PROGRAMS } from "../../end_to_end/fixtures/odd_things.ts";
import { runProgram } from "../../end_to_end/fixtures/program.ts";
import { ON_LOOPBACK } from "../../end_to_end/fixtures/running_server.ts";

const LINUX = Deno.build.os === "linux";

const SERVER_PLACES: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [["--data", "/proc/self/x"], NOT_FOR_PROGRAMS],
  [["--data", "/dev/null"], /"\/dev\/null" is not a folder/],
  [["--data", "broken"], /"broken" is not a folder/],
  [["--data", "loop"], /Cannot make the folder "loop": Too many levels of symbolic links/],
  [["--data", "pipe"], /"pipe" is not a folder/],
  [["--data", "file/below"], /"file\/below" is not a folder/],
  [["--data", "x".repeat(300)], /Cannot make the folder .*File name too long/],
  [["--data", "bad\ufffd"], /Expected a path in UTF-8/],
  [["--data", "with-pipe"], /lock" is not a regular file/],
  [["--data", "data", "--database", "/proc/self/x"], NOT_FOR_PROGRAMS],
  [["--data", "data", "--database", "/dev/null"], /"\/dev\/null" is not a regular file/],
  [["--data", "data", "--database", "folder"], /folder" is not a regular file/],
  [["--data", "data", "--database", "pipe"], /pipe" is not a regular file/],
  [["--data", "data", "--database", "nowhere/x.db"], /No such file or directory/],
  [["--data", "data", "--database", "loop"], /Too many levels of symbolic links/],
  [
    ["--data", "data", "--http", "127.0.0.1:0", "--downloads", "/proc/self"],
    NOT_FOR_PROGRAMS,
  ],
  [["--data", "data", "--http", "127.0.0.1:0", "--downloads", "pipe"], /"pipe" is not a folder/],
  [["--data", "data", "--http", "127.0.0.1:0", "--downloads", "loop"], /Cannot look at "loop"/],
  [
    ["--data", "data", "--http", "127.0.0.1:0", "--downloads", "nowhere"],
    /There is no folder "nowhere"/,
  ],
];

for (const [args, says] of SERVER_PLACES) {
  Deno.test({
    name: `A server with ${args.join(" ").slice(0, 60)} says what is wrong with it`,
    ignore: !LINUX,
    fn: async () => {
      await using home = await temporaryFolder();
      await makeOddThings(home.path);
      if (args.includes("with-pipe")) {
        await Deno.mkdir(join(home.path, "with-pipe"));
        await Deno.rename(join(home.path, "pipe"), join(home.path, "with-pipe", "lock"));
      }
      const ended = await runProgram("server", [...ON_LOOPBACK, ...args], { cwd: home.path });
      assertComplains(ended, { code: 2, says });
    },
  });
}

for (
  const [place, says] of [
    ["folder", /not a regular file/],
    ["pipe", /not a regular file/],
    ["/dev/zero", /not a regular file/],
    ["/proc/self/environ", NOT_FOR_PROGRAMS],
    ["loop", /Too many levels of symbolic links/],
    ["broken", /there is no such file/],
  ] as const
) {
  Deno.test({
    name: `A server takes the usual port, with a warning, when its port file is ${place}`,
    ignore: !LINUX,
    fn: async () => {
      await using home = await temporaryFolder();
      await makeOddThings(home.path);
      const path = place.startsWith("/") ? place : join(home.path, place);
      // An address that no machine has: the usual port may be in use on this one.
      const args = ["--host", "192.0.2.1", "--port-file", path];
      const ended = await runProgram("server", ["--data", join(home.path, "data"), ...args]);
      assert.equal(ended.code, 2);
      const warning = ended.stderr.split("\n").find((line) => line.includes("No port from"));
      assert.match(warning ?? "", says);
    },
  });
}
