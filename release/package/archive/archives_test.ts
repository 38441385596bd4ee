import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import { unpackTar } from "modern-tar";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { runDeno } from "../../run_deno.ts";
import { type ArchiveEntry, CHANGED } from "./archive_entry.ts";
import { writeTarGz } from "./tar_gz.ts";
import { writeZip } from "./zip.ts";

/** Larger than any buffer on the way. */
const BIG = new Uint8Array(3_000_000).map((_, at) => at % 251);

async function entries(folder: string): Promise<ArchiveEntry[]> {
  const path = join(folder, "big");
  await Deno.writeFile(path, BIG);
  // Neither the time nor the mode of a file may reach an archive.
  await Deno.utime(path, 1_234_567_890, 1_234_567_890);
  return [
    { name: "top/sealpost", executable: true, content: { text: "#!/bin/sh\n" } },
    { name: "top/lib/big", executable: false, content: { path } },
    { name: "top/empty", executable: false, content: { text: "" } },
  ];
}

async function bytesOf(
  write: typeof writeTarGz,
  content: readonly ArchiveEntry[],
): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const [bytes] = await Promise.all([new Response(readable).bytes(), write(content, writable)]);
  return bytes;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

Deno.test("writeTarGz() keeps order, contents and modes, nothing of this machine", async () => {
  await using folder = await temporaryFolder();
  const bytes = await bytesOf(writeTarGz, await entries(folder.path));
  // RFC 1952: no flags, no time, and the system unknown.
  assert.deepEqual([...bytes.subarray(0, 8)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0]);
  assert.equal(bytes[9], 255);
  const unpacked = await unpackTar(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")),
  );
  assert.deepEqual(
    unpacked.map(({ header }) => [header.name, header.mode, header.mtime, header.uid, header.gid]),
    [
      ["top/sealpost", 0o755, CHANGED, 0, 0],
      ["top/lib/big", 0o644, CHANGED, 0, 0],
      ["top/empty", 0o644, CHANGED, 0, 0],
    ],
  );
  assert(unpacked.every(({ header }) => !header.uname && !header.gname));
  assert.equal(new TextDecoder().decode(unpacked[0]?.data), "#!/bin/sh\n");
  assert.deepEqual(unpacked[1]?.data, BIG);
  assert.equal(unpacked[2]?.data?.byteLength, 0);
});

Deno.test("writeZip() keeps order and contents, in the plainest form of the format", async () => {
  await using folder = await temporaryFolder();
  const bytes = await bytesOf(writeZip, await entries(folder.path));
  const zip = new ZipReader(new Uint8ArrayReader(bytes), { useWebWorkers: false });
  const unpacked = await zip.getEntries();
  assert.deepEqual(
    unpacked.map(({ filename, directory, zip64 }) => [filename, directory, zip64]),
    [["top/sealpost", false, false], ["top/lib/big", false, false], ["top/empty", false, false]],
  );
  for (const { rawLastModDate } of unpacked) {
    // MS-DOS: years since 1980, month, day; hours, minutes, halves of seconds.
    assert.equal(rawLastModDate, ((20 << 9 | 1 << 5 | 1) << 16) | (12 << 11));
  }
  const big = unpacked[1];
  assert(big !== undefined && !big.directory);
  assert.deepEqual(await big.getData(new Uint8ArrayWriter(), { checkSignature: true }), BIG);
  await zip.close();
});

Deno.test("Equal files give equal archives at any time, in any folder and zone", async () => {
  const program = `
    import { createHash } from "node:crypto";
    for (const [name, write] of [["tar_gz", "writeTarGz"], ["zip", "writeZip"]]) {
      const module = await import(\`${import.meta.dirname}/\${name}.ts\`);
      const { readable, writable } = new TransformStream();
      const entries = JSON.parse(Deno.args[0]);
      const [bytes] = await Promise.all([
        new Response(readable).bytes(),
        module[write](entries, writable),
      ]);
      console.log(createHash("sha256").update(bytes).digest("hex"));
    }
  `;
  await using folder = await temporaryFolder();
  await using other = await temporaryFolder();
  const script = join(other.path, "archives.ts");
  await Deno.writeTextFile(script, program);
  const expected: string[] = [];
  for (const write of [writeTarGz, writeZip]) {
    expected.push(digest(await bytesOf(write, await entries(folder.path))));
  }
  const again = JSON.stringify(await entries(other.path));
  for (const zone of ["Pacific/Apia"]) {
    const config = join(import.meta.dirname ?? "", "../../../deno.json");
    const { stdout, stderr } = await runDeno(
      ["run", "--allow-read", "--no-check", "--config", config, script, again],
      { env: { TZ: zone } },
    );
    assert.deepEqual(stdout.split("\n").slice(0, 2), expected, stderr);
  }
});
