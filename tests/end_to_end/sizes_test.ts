/** Files of every size that is special to blocks, chunks or packets. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { idIn, type MadeFile, makeFile } from "./fixtures/client_folder.ts";
import { databaseIn, fileRows, stagedFiles, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { RunningServer } from "./fixtures/running_server.ts";

const MIB = 1024 * 1024;
const PACKET = 1024;

/** Plain sizes whose encrypted size is 1, 2 and 3 packets, or one block away from that. */
const AROUND_PACKETS = [1, 2, 3].flatMap((packets) =>
  [-16, 0, 16].flatMap((offset) => {
    const encrypted = packets * PACKET + offset;
    return [encrypted - 16, encrypted - 1];
  })
);

Deno.test("Files of 0 bytes to 64 MB arrive intact, with their checksum", async () => {
  await sendAndCompare([0, 1, 15, 16, 17, 65_535, 65_536, 64 * MIB]);
});

Deno.test("Files that end around the end of a packet arrive intact", async () => {
  await sendAndCompare(AROUND_PACKETS, ["--packet-size", String(PACKET)]);
});

/** Sends one file of each size in one run of the client, and compares all that came of it. */
async function sendAndCompare(
  sizes: readonly number[],
  flags: readonly string[] = [],
): Promise<void> {
  await using home = await temporaryFolder();
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const files: MadeFile[] = [];
  for (const size of sizes) files.push(await makeFile(home.path, { name: `${size}.bin`, size }));
  const checksums = await cksumOf(files);

  const { code, stdout, stderr } = await runClient([
    ...["--dir", home.path, "--server", server.address, "--name", "Sizes", "--json", ...flags],
    ...files.map(({ path }) => path),
  ]);
  assert.equal(code, 0, stderr);
  // Each line comes when its file ends.
  const order = files.map(({ path }) => path);
  const said = stdout.trimEnd().split("\n").map((line) => JSON.parse(line))
    .sort((a, b) => order.indexOf(a.file) - order.indexOf(b.file));
  assert.deepEqual(
    said.map(({ seconds: _, ...rest }) => rest),
    files.map(({ path, name, content }, index) => ({
      file: path,
      status: "sent",
      name,
      size: content.byteLength,
      checksum: checksums[index],
      attempts: 1,
      revision: "2024c",
      server: server.address,
    })),
  );
  for (const { seconds } of said) assert(typeof seconds === "number" && seconds >= 0);

  assert.deepEqual(await stagedFiles(data.path), []);
  assert.equal((await server.stop()).code, 0);
  const id = await idIn(home.path);
  const pathOf = (name: string) => `received_files/${id}/${name}`;
  assert.deepEqual(await storedFiles(data.path), files.map(({ name }) => pathOf(name)).sort());
  for (const { name, content } of files) {
    const stored = await Deno.readFile(join(data.path, pathOf(name)));
    // Not deepEqual(), which would take minutes over 64 MB and print them when they differ.
    assert(Buffer.from(stored.buffer).equals(content), `${name} is stored as it was sent`);
  }
  const expected = files.map(({ name, content }, index) => ({
    id,
    fileName: name,
    location: pathOf(name),
    size: content.byteLength,
    checksum: checksums[index],
    verified: 1,
  }));
  assert.deepEqual(fileRows(databaseIn(data.path)), expected.sort(byLocation));
}

/** What the POSIX command says of each file. */
async function cksumOf(files: readonly MadeFile[]): Promise<readonly number[]> {
  const { stdout } = await new Deno.Command("cksum", { args: files.map(({ path }) => path) })
    .output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.equal(lines.length, files.length);
  return lines.map((line) => Number.parseInt(line));
}

function byLocation(a: { readonly location: string }, b: { readonly location: string }): number {
  return a.location < b.location ? -1 : 1;
}
