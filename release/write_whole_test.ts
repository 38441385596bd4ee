import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../tests/peers/temporary_folder.ts";
import { writeWhole } from "./write_whole.ts";

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("writeWhole() puts a file in place when it is whole, over an older one", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await Deno.writeTextFile(path, "a longer text of an earlier day");
  await writeWhole(path, async (file) => {
    const writer = file.getWriter();
    await writer.write(new TextEncoder().encode("new"));
    assert.deepEqual(await namesIn(folder.path), ["file", "file.part"]);
    await writer.close();
  });
  assert.equal(await Deno.readTextFile(path), "new");
  assert.deepEqual(await namesIn(folder.path), ["file"]);
});

Deno.test("writeWhole() keeps an older file when it fails, and leaves no draft", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "file");
  await Deno.writeTextFile(path, "old");
  const failing = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode("half"));
    },
    pull(controller) {
      controller.error(new Error("the disk is gone"));
    },
  });
  await assert.rejects(writeWhole(path, (file) => failing.pipeTo(file)), /the disk is gone/);
  assert.equal(await Deno.readTextFile(path), "old");
  assert.deepEqual(await namesIn(folder.path), ["file"]);
});
