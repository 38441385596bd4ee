/** What is said of paths, and what they are, where the user is in another folder. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { assertComplains } from "../../end_to_end/fixtures/complaint.ts";
import { runProgram } from "../../end_to_end/fixtures/program.ts";
import { names, project, task } from "../../end_to_end/fixtures/user_elsewhere.ts";

/**
 * Runs a program as its task does it for a user in the folder `user`, while the task is in `home`.
 */
function standing(home: string, user: string) {
  return ([program, ...args]: readonly ["client" | "server", ...string[]], env = {}) =>
    runProgram(program, ["--from", user, ...args], { cwd: home, env });
}

Deno.test("The programs show paths as the user typed them", async () => {
  await using folder = await temporaryFolder();
  const home = await Deno.realPath(folder.path);
  const user = join(home, "any where");
  await Deno.mkdir(user);
  const run = standing(home, user);
  // A server that finds no fault with its folders ends all the same: the port is in use.
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const at = ["--host", "127.0.0.1", "--port", `${listener.addr.port}`];
  const server = ["--server", "127.0.0.1:1", "--name", "Ada"];
  assertComplains(await run(["client", "reprot.txt", ...server]), {
    code: 2,
    says: /There is no file "reprot\.txt"/,
  });
  assertComplains(await run(["client", "a.txt", "--dir", "../none", ...server]), {
    code: 2,
    says: /There is no folder "\.\.\/none"/,
  });
  await Deno.writeTextFile(join(user, "here"), "");
  assertComplains(await run(["server", "--data", "here", ...at]), {
    code: 2,
    says: /^error: "here" is not a folder/,
  });
  const env = { SEALPOST_DATA: "./here" };
  assertComplains(await run(["server", ...at], env), {
    code: 2,
    says: /^error: "\.\/here" is not a folder/,
  });
  // A data folder that is not named is in the project's folder all the same.
  await Deno.writeTextFile(join(home, "data"), "");
  const usual = await run(["server", ...at]);
  assertComplains(usual, { code: 2, says: /is not a folder/ });
  assert(usual.stderr.includes(`"${join(home, "data")}"`), usual.stderr);
  assertComplains(await standing(home, home)(["server", ...at]), {
    code: 2,
    says: /^error: "\.\/data" is not a folder/,
  });
});

Deno.test("What a release is made from and into is meant where the user is", async () => {
  await using folder = await temporaryFolder();
  const { home, user } = await project(folder.path);
  await Deno.writeTextFile(join(user, "out"), "");
  await Deno.writeTextFile(join(user, "base"), "#!/bin/sh\n");
  assertComplains(await task(["package", "--output", "out"], { cwd: user }), {
    code: 1,
    says: /^error: No folder ".*any where.out" can be made: that is a file/,
  });
  assertComplains(await task(["compile"], { cwd: user, env: { DENORT_BIN: "base" } }), {
    code: 1,
    says: /^error: DENORT_BIN, "base", is no executable/,
  });
  assert.deepEqual(names(home).filter((name) => name === "dist" || name.startsWith(".")), []);
});

Deno.test("The programs say that the folder where the user is cannot be entered", async () => {
  await using folder = await temporaryFolder();
  const run = standing(folder.path, join(folder.path, "gone"));
  for (const args of [["client", "a.txt"], ["server"]] as const) {
    assertComplains(await run(args), {
      code: 2,
      says: /^error: The folder that you are in cannot be entered \(--from\): .*gone.*; go to/,
    });
  }
});
