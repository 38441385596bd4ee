import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { OpenContentFile } from "./open_content_file.ts";
import { ReadSizes } from "./read_sizes.ts";

Deno.test("64 files at a time are read 256 KiB at once, and each further one 64 KiB", () => {
  const sizes = new ReadSizes();
  const reads = Array.from({ length: 66 }, () => sizes.begin());
  deepStrictEqual(reads.map(({ size }) => size / 1024), [...Array(64).fill(256), 64, 64]);
  for (const each of reads.slice(0, 3)) {
    each[Symbol.dispose]();
    each[Symbol.dispose]();
  }
  strictEqual(sizes.files, 63);
  strictEqual(sizes.begin().size, 256 * 1024);
});

Deno.test("OpenContentFile reads large pieces, and counts until its end or a cancel", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "contents");
  await Deno.writeFile(path, new Uint8Array(600_000));
  const sizes = new ReadSizes();
  const stream = async () => (await OpenContentFile.open(path, sizes))?.stream({ start: 5 });
  const pieces = [];
  for await (const piece of await stream() ?? []) pieces.push(piece.byteLength);
  deepStrictEqual(pieces, [262_144, 262_144, 600_000 - 5 - 2 * 262_144]);
  strictEqual(sizes.files, 0);
  const reader = (await stream())?.getReader();
  await reader?.read();
  strictEqual(sizes.files, 1);
  await reader?.cancel();
  strictEqual(sizes.files, 0);
});
