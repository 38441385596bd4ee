import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../tests/peers/temporary_folder.ts";
import { writeChecksums } from "./checksums.ts";

Deno.test("writeChecksums() covers files of releases, sorted, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const names = [
    "sealpost-1.2.3-x86_64-unknown-linux-gnu.tar.gz",
    "sealpost-1.2.3-x86_64-unknown-linux-gnu",
    "sealpost-1.2.3-aarch64-pc-windows-msvc.exe",
    "sealpost-1.2.3-aarch64-apple-darwin.part",
    "notes.txt",
    "SHA256SUMS",
  ];
  for (const name of names) await Deno.writeTextFile(join(folder.path, name), "abc");
  await Deno.mkdir(join(folder.path, "sealpost-1.2.3-aarch64-apple-darwin"));
  assert.equal(await writeChecksums(folder.path), 3);
  // The digest of "abc" is an example of FIPS 180-2.
  const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(
    await Deno.readTextFile(join(folder.path, "SHA256SUMS")),
    [
      `${digest}  sealpost-1.2.3-aarch64-pc-windows-msvc.exe`,
      `${digest}  sealpost-1.2.3-x86_64-unknown-linux-gnu`,
      `${digest}  sealpost-1.2.3-x86_64-unknown-linux-gnu.tar.gz`,
      "",
    ].join("\n"),
  );
});
