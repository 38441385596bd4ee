import assert from "node:assert/strict";
import { temporaryFolder } from "../../../../tests/peers/temporary_folder.ts";
import { largestFileSize } from "./largest_file.ts";

const { truncate } = Deno.FsFile.prototype;

/** Returns the result on a system that allows files of up to `limit` bytes. */
async function found(limit: number, most: number): Promise<number> {
  await using folder = await temporaryFolder();
  Deno.FsFile.prototype.truncate = function (size = 0) {
    return size > limit
      ? Promise.reject(new Error("File too large (os error 27)"))
      : truncate.call(this, size);
  };
  try {
    return await largestFileSize(folder.path, most);
  } finally {
    Deno.FsFile.prototype.truncate = truncate;
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
  }
}

Deno.test({
  name: "largestFileSize() finds to a byte what the system allows",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const limit of [0, 1, 1023, 1024, 4095, 1_000_000_007]) {
      assert.equal(await found(limit, 4 * 1024 ** 3), limit);
    }
    assert.equal(await found(Infinity, 4096), 4096);
    assert.equal(await found(4096, 4096), 4096);
  },
});
