import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { BLOCK_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import { FileBlocks } from "./file_blocks.ts";

/** Blocks of a large file: two units of 16 leaves, and some more. */
const BLOCKS = 34;
/** The same of a file with one unit. */
const FEW_BLOCKS = 18;
/** The time of change that programs give the file, and that of a run which believes its times. */
const CHANGED = 1_700_000_000_000;
const LATER = Date.now() + 600_000;

/** Writes a file of `blocks` blocks and a half, all different: a few bytes each, and holes. */
async function writeBlocks(path: string, seed: number, blocks: number): Promise<void> {
  using file = await Deno.create(path);
  await file.truncate(blocks * BLOCK_SIZE + BLOCK_SIZE / 2);
  for (let block = 0; block <= blocks; block++) {
    await file.seek(block * BLOCK_SIZE, Deno.SeekMode.Start);
    await file.write(new Uint8Array([block, seed]));
  }
}

/** A file of so many blocks and a half in a folder of its own, with one for records beside it. */
async function inFolder(blocks: number, act: (at: Place) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sealpost_test_" });
  try {
    const path = join(folder, "large.bin");
    await writeBlocks(path, 3, blocks);
    await Deno.utime(path, new Date(CHANGED), new Date(CHANGED));
    await act({ path, records: join(folder, "leaves") });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Place {
  readonly path: string;
  readonly records: string;
}

/** What a run hashes of the file, and how many bytes it reads for that. */
async function run(
  { path, records: folder }: Place,
  act: (blocks: FileBlocks) => Promise<void>,
  now = LATER,
): Promise<number> {
  using file = await Deno.open(path);
  let bytes = 0;
  const read = file.readSync.bind(file);
  file.readSync = (buffer) => {
    const size = read(buffer);
    bytes += size ?? 0;
    return size;
  };
  const { size, mtime } = await file.stat();
  const facts = { size, modified: mtime?.getTime() ?? 0 };
  const entry: LocalFileEntry = { kind: "file", path, to: ["large.bin"], ...facts };
  await act(await FileBlocks.recorded(entry, file, { folder, now }));
  return bytes;
}

/** A moment after the system noted the last change of the file, of which it tells seconds. */
async function justAfter({ path }: Place): Promise<number> {
  const { ctime } = await Deno.stat(path);
  return (ctime?.getTime() ?? 0) + 1_000;
}

/** Reads blocks as an upload does. */
async function sendTo(blocks: FileBlocks, end: number): Promise<void> {
  let bytes = 0;
  for await (const piece of blocks.from(0)) {
    if ((bytes += piece.byteLength) >= end * BLOCK_SIZE) break;
  }
}

function records({ records }: Place): readonly string[] {
  return Array.from(Deno.readDirSync(records), ({ name }) => name);
}

Deno.test("A later run does not read again what an earlier one has hashed", async () => {
  await inFolder(BLOCKS, async (place) => {
    let whole = "";
    await run(place, async (blocks) => {
      whole = toHex(await blocks.root());
    }, await justAfter(place));
    await run(place, async (blocks) => {
      await sendTo(blocks, 33);
      await blocks.end("unsent");
    });
    strictEqual(records(place).length, 1);
    const bytes = await run(place, async (blocks) => {
      strictEqual(toHex(await blocks.root()), whole);
      await blocks.end("sent");
    });
    // Two units of 16 leaves were on record.
    strictEqual(bytes, (BLOCKS - 32) * BLOCK_SIZE + BLOCK_SIZE / 2);
    deepStrictEqual(records(place), []);
  });
});

Deno.test("Nothing is believed of a file that was changed since, or just before", async () => {
  await inFolder(FEW_BLOCKS, async (place) => {
    const sendSome = async (blocks: FileBlocks) => {
      await sendTo(blocks, 17);
      await blocks.end("unsent");
    };
    // The system has just noted a change, whatever time of change the file was given since.
    await run(place, sendSome, await justAfter(place));
    ok(!await Deno.stat(place.records).then(() => true, () => false));
    await Deno.utime(place.path, new Date(LATER), new Date(LATER));
    await run(place, sendSome, LATER + 1_000);
    ok(!await Deno.stat(place.records).then(() => true, () => false));
    await Deno.utime(place.path, new Date(CHANGED), new Date(CHANGED));
    await run(place, sendSome);
    strictEqual(records(place).length, 1);
    // The same size and time, by another inode.
    await Deno.rename(place.path, `${place.path}.old`);
    await writeBlocks(place.path, 4, FEW_BLOCKS);
    await Deno.utime(place.path, new Date(CHANGED), new Date(CHANGED));
    const bytes = await run(place, async (blocks) => void await blocks.root());
    strictEqual(bytes, FEW_BLOCKS * BLOCK_SIZE + BLOCK_SIZE / 2);
  });
});

Deno.test("Units of a record that were cut or harmed are left out, and others hold", async () => {
  await inFolder(BLOCKS, async (place) => {
    let whole = "";
    await run(place, async (blocks) => {
      whole = toHex(await blocks.root());
      await blocks.end("unsent");
    });
    const [name = ""] = records(place);
    const path = join(place.records, name);
    const written = await Deno.readFile(path);
    strictEqual(written.byteLength, 2 * 528);
    written[40] = (written[40] ?? 0) ^ 1;
    await Deno.writeFile(path, new Uint8Array([...written, ...written.subarray(0, 100)]));
    const bytes = await run(place, async (blocks) => {
      strictEqual(toHex(await blocks.root()), whole);
      await blocks.end("unsent");
    });
    strictEqual(bytes, (BLOCKS - 16) * BLOCK_SIZE + BLOCK_SIZE / 2);
    // What was cut is gone, and the harmed unit was written once more.
    strictEqual((await Deno.stat(path)).size, 3 * 528);
  });
});

Deno.test("There are at most 64 records: those that rested longest go", async () => {
  await inFolder(FEW_BLOCKS, async (place) => {
    await Deno.mkdir(place.records);
    for (let n = 0; n < 70; n++) {
      const path = join(place.records, `${n}`);
      await Deno.writeTextFile(path, "");
      await Deno.utime(path, new Date(CHANGED + n), new Date(CHANGED + n));
    }
    await run(place, async (blocks) => {
      await sendTo(blocks, 17);
      await blocks.end("unsent");
    });
    const names = records(place);
    strictEqual(names.length, 64);
    ok(!names.includes("6") && names.includes("7"));
  });
});
