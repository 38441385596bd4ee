/** The demo, as a newcomer runs it. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { ROOT, runProgram } from "./fixtures/program.ts";

/** What server and client would write where they are run, were they told nothing else. */
const BY_DEFAULT = ["data", "me.info", "priv.key", "received_files", "staging", "defensive.db"];

Deno.test("The demo tells its story to the end within a minute, and leaves nothing behind", async () => {
  await using temporary = await temporaryFolder();
  const before = await standing();
  const begun = performance.now();
  const { code, stdout, stderr } = await runProgram("demo", [], {
    env: { TMPDIR: temporary.path, TEMP: temporary.path, TMP: temporary.path },
  });
  const seconds = (performance.now() - begun) / 1000;
  assert.equal(code, 0, `${stdout}${stderr}`);
  assert(seconds < 60, `It took ${seconds} s`);
  assert(stdout.includes(temporary.path), "It worked in the temporary folder");
  assert.match(stdout, /\nBoth files arrived, .*\n$/);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(temporary.path)), []);
  assert.deepEqual(await standing(), before);
});

/** What of that there is in the project's folder, and when it was last changed. */
async function standing(): Promise<readonly string[]> {
  const found = await Promise.all(BY_DEFAULT.map(async (name) => {
    const info = await Deno.lstat(`${ROOT}${name}`).catch(() => undefined);
    return info === undefined ? [] : [`${name} ${info.mtime?.toISOString()}`];
  }));
  return found.flat();
}
