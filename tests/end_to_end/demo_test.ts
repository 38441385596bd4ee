/** The demo, as a newcomer runs it. */

import assert from "node:assert/strict";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { HAS_TERMINAL, OnTerminal } from "../terminal/on_terminal.ts";
import { ROOT, runProgram } from "./fixtures/program.ts";

/** What server and client would write where they are run, were they told nothing else. */
const BY_DEFAULT = ["data", "me.info", "priv.key", "received_files", "staging", "defensive.db"];

Deno.test("The demo tells its story, and leaves nothing behind", async () => {
  await using temporary = await temporaryFolder();
  const before = await standing();
  const env = { TMPDIR: temporary.path, TEMP: temporary.path, TMP: temporary.path };
  const { code, shown } = await (HAS_TERMINAL ? runOnTerminal(env) : runInPipe(env));
  assert.equal(code, 0, shown);
  assert.match(shown, /; 5 were there already/);
  assert.match(shown, /All files are identical/);
  assert(shown.includes(temporary.path), "It worked in the temporary folder");
  assert.match(shown, /\nAll files arrived, .*\r?\n$/);
  const served = shown.split(/[\r\n]/).filter((text) => text.includes("server | "));
  assert(served.length > 0);
  for (const text of served) {
    assert(text.startsWith("    server | "), `Not a line of its own: ${text}`);
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(temporary.path)), []);
  assert.deepEqual(await standing(), before);
});

type Shown = { readonly code: number; readonly shown: string };

async function runInPipe(env: Readonly<Record<string, string>>): Promise<Shown> {
  const { code, stdout, stderr } = await runProgram("demo", [], { env });
  return { code, shown: `${stderr}${stdout}` };
}

async function runOnTerminal(env: Readonly<Record<string, string>>): Promise<Shown> {
  const demo = new OnTerminal(`${Deno.execPath()} task --quiet demo`, { cwd: ROOT, env });
  return { code: await demo.ended(), shown: demo.shown };
}

/** What of that there is in the project's folder, and when it was last changed. */
async function standing(): Promise<readonly string[]> {
  const found = await Promise.all(BY_DEFAULT.map(async (name) => {
    const info = await Deno.lstat(`${ROOT}${name}`).catch(() => undefined);
    return info === undefined ? [] : [`${name} ${info.mtime?.toISOString()}`];
  }));
  return found.flat();
}
