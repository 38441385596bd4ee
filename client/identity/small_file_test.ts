import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { MAX_TEXT_FILE_SIZE } from "../../shared/text/text.ts";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { readSmallFile } from "./client_folders.ts";

const BAD = { reason: "bad-configuration", exitCode: EXIT.usage } as const;

const POSIX = Deno.build.os !== "windows";

for (const size of [0, 1, 4096, MAX_TEXT_FILE_SIZE - 1, MAX_TEXT_FILE_SIZE]) {
  Deno.test(`readSmallFile() reads all of a file of ${size} bytes`, async () => {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "me.info");
    const content = Uint8Array.from({ length: size }, (_, index) => index * 7);
    await Deno.writeFile(path, content);
    deepStrictEqual(await readSmallFile(path), content);
  });
}

Deno.test("readSmallFile() reads one byte more than is allowed of a larger file", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "me.info");
  await Deno.writeFile(path, new Uint8Array(10 * MAX_TEXT_FILE_SIZE));
  strictEqual((await readSmallFile(path))?.byteLength, MAX_TEXT_FILE_SIZE + 1);
});

Deno.test("readSmallFile() gives a buffer that holds nothing else", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "me.info");
  await Deno.writeTextFile(path, "abc");
  strictEqual((await readSmallFile(path))?.buffer.byteLength, 3);
});

Deno.test("readSmallFile() tells a file that is not there", async () => {
  await using own = await OwnParty.stranger();
  strictEqual(await readSmallFile(join(own.folder, "me.info")), undefined);
  strictEqual(await readSmallFile(join(own.folder, "no folder", "me.info")), undefined);
});

Deno.test({
  name: "readSmallFile() follows a link, and takes one to nothing for no file",
  // On Windows only administrators can create links.
  ignore: !POSIX,
  async fn() {
    await using own = await OwnParty.stranger();
    const [file, link] = [join(own.folder, "file"), join(own.folder, "link")];
    await Deno.symlink(file, link);
    strictEqual(await readSmallFile(link), undefined);
    await Deno.writeTextFile(file, "abc");
    deepStrictEqual(await readSmallFile(link), new TextEncoder().encode("abc"));
  },
});

Deno.test("readSmallFile() refuses a folder, and names it", async () => {
  await using own = await OwnParty.stranger();
  await failsWith(readSmallFile(own.folder), { ...BAD, message: /^Cannot read ".*": .*folder/ });
});

Deno.test("readSmallFile() refuses a path through a file", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("file", "abc");
  await failsWith(readSmallFile(join(path, "me.info")), { ...BAD, message: /^Cannot read "/ });
});

Deno.test({
  name: "readSmallFile() refuses a file that it may not read, and says what to check",
  ignore: !POSIX,
  async fn() {
    await using own = await OwnParty.stranger();
    const { path } = await own.file("me.info", "abc");
    await Deno.chmod(path, 0o000);
    // Permissions do not restrict root.
    if ((await Deno.stat(path)).uid === 0) return;
    await failsWith(readSmallFile(path), { ...BAD, message: /not readable for you; check/ });
  },
});
