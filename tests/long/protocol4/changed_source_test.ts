/** Sources that change amid a transfer, or between two runs. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { Stage } from "../../resume/stage.ts";

const MIB = 1024 ** 2;
const SIZE = 24 * MIB;
const OLD = new Date(1_700_000_000_000);

async function write(path: string, seed: number, time = OLD): Promise<void> {
  await Deno.writeFile(path, seededBytes(seed, SIZE));
  await Deno.utime(path, time, time);
}

/** Starts a command, and does something when so many bytes have passed; returns how it ended. */
async function amid(
  stage: Stage,
  words: readonly [string, ...string[]],
  act: (client: Deno.ChildProcess) => Promise<void> | void,
) {
  const client = stage.start(...words);
  const [stdout, stderr] = [new Lines(client.stdout), new Lines(client.stderr)];
  await stage.proxy.after(SIZE / 2);
  await act(client);
  const { code } = await client.status;
  await Promise.all([stdout.done, stderr.done]);
  return { code, said: stdout.text + stderr.text };
}

async function comesBack(stage: Stage, seed: number): Promise<void> {
  const got = await stage.run("get", "large.bin", "-o", join(stage.folder, `back ${seed}/`));
  strictEqual(got.code, 0, got.stderr);
  const bytes = await Deno.readFile(join(stage.folder, `back ${seed}`, "large.bin"));
  deepStrictEqual(bytes, seededBytes(seed, SIZE));
}

Deno.test("A file that was changed since an interruption arrives as it is then", async () => {
  await using stage = await Stage.open();
  const path = join(stage.folder, "large.bin");
  await write(path, 1);
  await amid(stage, ["send", path], (client) => client.kill("SIGKILL"));
  // Of the same size and time: only its contents tell.
  await write(path, 2);
  const sent = await stage.run("send", path);
  strictEqual(sent.code, 0, sent.stderr);
  match(sent.stdout, /^1 file sent to .*, verified\n$/);
  await comesBack(stage, 2);
});

Deno.test("A file that is changed while it is sent comes with the next run", async () => {
  await using stage = await Stage.open();
  const path = join(stage.folder, "large.bin");
  await write(path, 1);
  const { code, said } = await amid(stage, ["send", path], async () => {
    await stage.endServer("SIGKILL");
    await write(path, 2, new Date(1_700_000_005_000));
    await stage.startServer();
  });
  strictEqual(code, 2, said);
  match(said, /large\.bin" (?:has )?changed/);
  const sent = await stage.run("send", path);
  strictEqual(sent.code, 0, sent.stderr);
  await comesBack(stage, 2);
});

Deno.test("A file that is replaced on the server amid a get comes whole later", async () => {
  await using stage = await Stage.open();
  const path = join(stage.folder, "large.bin");
  await write(path, 1);
  strictEqual((await stage.run("send", path)).code, 0);
  const back = join(stage.folder, "back 2/");
  const { code, said } = await amid(stage, ["get", "large.bin", "-o", back], async () => {
    await stage.endServer("SIGKILL");
    await write(path, 2, new Date(1_700_000_005_000));
    const address = await stage.startServer();
    match(address, /^sealpost:/);
    const sent = await stage.run("send", path);
    strictEqual(sent.code, 0, sent.stderr);
  });
  strictEqual(code === 0 || code === 2, true, said);
  if (code === 2) match(said, /changed on the server meanwhile; fetch it again/);
  if (code === 0) {
    // It went on with the old contents before they were replaced.
    deepStrictEqual(await Deno.readFile(join(back, "large.bin")), seededBytes(1, SIZE));
    await Deno.remove(back, { recursive: true });
  }
  await comesBack(stage, 2);
});
