/** What commands for many files say at their end when some or all of them failed. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { jsonOf, run } from "./fixtures/client_commands.ts";
import { pinnedApplication } from "./fixtures/pinned_application.ts";

/** The lines of JSON that a command prints. */
async function linesOf(folder: string, words: readonly string[]) {
  const { code, stdout } = await run(folder, [
    ...[...words, "--json", "--retry-time", "0", "--retries", "0"],
  ]);
  return { code, lines: stdout.trim().split("\n").map((line) => JSON.parse(line)) };
}

Deno.test("send and get of many files tell their sum, whatever has failed", async () => {
  let isGone = false;
  await using served = await pinnedApplication({ onPiece: () => isGone ? 0 : undefined });
  await using home = await temporaryFolder();
  await using other = await temporaryFolder();
  await using work = await temporaryFolder();
  await run(home.path, ["login", served.text(), "--name", "maya"]);
  const { address } = await jsonOf(home.path, ["devices", "add"]);
  await run(other.path, ["login", address]);
  const files = ["a", "b", "c"].map((name) => `${work.path}/${name}`);
  for (const path of files) await Deno.writeTextFile(path, "12345");
  const counts = { unchanged: 0, skipped: 0, failed: 0, left: 0, bytes: 0 };
  const sum = (what: Record<string, unknown>) => ({ status: "ended", ...what });

  // Another computer's file is in the place of one.
  await run(other.path, ["send", "-", "--as", "b"], { stdin: "other" });
  const conflict = await linesOf(home.path, ["send", ...files]);
  const expected = { sent: 2, ...counts, failed: 1, bytes: 10, exitCode: 2 };
  const { seconds: _, server, ...last } = conflict.lines.at(-1);
  deepStrictEqual(last, sum(expected));
  deepStrictEqual([conflict.code, conflict.lines.length], [2, 4]);
  const said = await run(home.path, ["send", ...files]);
  match(said.stdout, /^0 files sent to \S+: 0 B in .*; 2 were there already; 1 failed\n$/);

  // The network goes.
  isGone = true;
  for (const words of [["send", ...files], ["get", "a", "b", "c", "-o", work.path]]) {
    const { code, lines } = await linesOf(home.path, words);
    strictEqual(code, 1);
    // Of what is not there no get begins.
    if (words[0] === "get") {
      strictEqual(lines.length, 1);
      continue;
    }
    const { seconds: _, ...last } = lines.at(-1);
    deepStrictEqual(last, sum({ sent: 0, ...counts, left: 3, server, exitCode: 1 }));
    strictEqual(lines.at(-2).reason, "connection-lost");
  }
  isGone = false;

  // The server does not know this computer any more.
  const { devices } = await jsonOf(other.path, ["devices"]);
  const { id } = devices.find(({ current }: { current: boolean }) => !current);
  strictEqual((await run(other.path, ["devices", "remove", id])).code, 0);
  const refused = await linesOf(home.path, ["send", ...files]);
  const { seconds: __, ...end } = refused.lines.at(-1);
  deepStrictEqual(end, sum({ sent: 0, ...counts, left: 3, server, exitCode: 4 }));
  strictEqual(refused.code, 4);
});
