import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { importAesKey } from "../../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { joined, lcg } from "../../../tests/kernel/golden_vectors.ts";
import { failsWith, OwnParty } from "../../../tests/peers/own_party.ts";
import { EXIT } from "../../client_error.ts";
import {
  CHUNK_SIZE as CHUNK,
  ConcurrentContents,
  EncryptedContent,
  type Piece,
} from "./encrypted_content.ts";
import type { LocalFile } from "../../uplink.ts";

const KEY = await importAesKey(lcg(8, 32));

/** Sizes that end just before, at and just after a chunk or a block. */
const sizes = fc.tuple(
  fc.constantFrom(0, CHUNK, 2 * CHUNK, 3 * CHUNK),
  fc.oneof(fc.integer({ min: -33, max: 33 }), fc.integer({ min: 0, max: CHUNK })),
).map(([chunks, more]) => Math.max(0, chunks + more));

async function encryptAtOnce(plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  return new Uint8Array(await crypto.subtle.encrypt(algorithm, KEY, plain));
}

function cksum(bytes: Uint8Array): number {
  const sum = new Cksum();
  sum.update(bytes);
  return sum.digest();
}

/** The content of a file that is sent by itself. */
function contentAlone(file: LocalFile, opened: Deno.FsFile): EncryptedContent {
  return new EncryptedContent(file, { opened, contents: new ConcurrentContents(), key: KEY });
}

/** The whole output of `EncryptedContent` for a file, and the checksum. */
async function encrypt(file: LocalFile) {
  using opened = await Deno.open(file.path);
  const content = contentAlone(file, opened);
  const pieces = await Array.fromAsync(content.pieces());
  return { pieces, checksum: content.checksum };
}

function contentOf(pieces: readonly Piece[]): readonly Uint8Array[] {
  return pieces.map(({ bytes }) => bytes);
}

Deno.test("EncryptedContent equals one encryption of the file and has its cksum", async () => {
  await using own = await OwnParty.stranger();
  const check = fc.asyncProperty(sizes, fc.nat(), async (size, seed) => {
    const plain = lcg(seed, size);
    const { pieces, checksum } = await encrypt(await own.file("a.bin", plain));
    deepStrictEqual(joined(contentOf(pieces)), await encryptAtOnce(plain));
    strictEqual(checksum, cksum(plain));
    ok(pieces.every(({ bytes }) => bytes.byteLength <= CHUNK + 16));
  });
  await fc.assert(check, { numRuns: 20 });
});

for (const size of [0, 15, 16, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK]) {
  Deno.test(`EncryptedContent takes a file of ${size} bytes`, async () => {
    await using own = await OwnParty.stranger();
    const plain = lcg(9, size);
    const { pieces, checksum } = await encrypt(await own.file("a.bin", plain));
    deepStrictEqual(joined(contentOf(pieces)), await encryptAtOnce(plain));
    strictEqual(checksum, cksum(plain));
  });
}

for (const most of [1, 2, 4]) {
  Deno.test(`EncryptedContent ends all work when its caller stops at piece ${most}`, async () => {
    await using own = await OwnParty.stranger();
    const file = await own.file("a.bin", lcg(10, 12 * CHUNK));
    using opened = await Deno.open(file.path);
    const { encrypt } = SubtleCrypto.prototype;
    let underWay = 0;
    SubtleCrypto.prototype.encrypt = async function (...args) {
      underWay += 1;
      try {
        return await encrypt.apply(this, args);
      } finally {
        underWay -= 1;
      }
    };
    let taken = 0;
    try {
      for await (const _ of contentAlone(file, opened).pieces()) {
        if (++taken === most) break;
      }
    } finally {
      SubtleCrypto.prototype.encrypt = encrypt;
    }
    // The caller closes the file and gives the key up when the loop is over.
    strictEqual(underWay, 0);
    // Those that wait, one that was encrypted, and one behind it.
    ok(opened.seekSync(0, Deno.SeekMode.Current) <= (most + 4 + 2) * CHUNK);
  });
}

Deno.test("Contents beside three others are encrypted in smaller chunks", () => {
  const contents = new ConcurrentContents();
  const sizes = Array.from({ length: 5 }, () => contents.begin());
  deepStrictEqual(sizes, [CHUNK, CHUNK, CHUNK, CHUNK, CHUNK / 4]);
  contents.end();
  contents.end();
  strictEqual(contents.begin(), CHUNK);
});

Deno.test("EncryptedContent throws its caller's error unchanged", async () => {
  await using own = await OwnParty.stranger();
  const file = await own.file("a.bin", lcg(11, 3 * CHUNK));
  await Deno.truncate(file.path, CHUNK + 5);
  const mine = new Error("The caller had enough");
  await rejects(async () => {
    using opened = await Deno.open(file.path);
    for await (const _ of contentAlone(file, opened).pieces()) {
      // The file turns out to be too short meanwhile.
      for (let i = 0; i < 20; i++) await Deno.stat(file.path);
      throw mine;
    }
  }, mine);
});

for (const left of [0, 1, CHUNK, 2 * CHUNK + 7]) {
  Deno.test(`EncryptedContent finds that only ${left} bytes of a file are left`, async () => {
    await using own = await OwnParty.stranger();
    const file = await own.file("a.bin", lcg(12, 3 * CHUNK));
    await Deno.truncate(file.path, left);
    await failsWith(encrypt(file), {
      reason: "file-changed",
      exitCode: EXIT.usage,
      message: /a\.bin" changed while it was sent; nothing of it was stored/,
    });
  });
}

Deno.test("EncryptedContent reads a file only up to its size when examined", async () => {
  await using own = await OwnParty.stranger();
  const plain = lcg(13, CHUNK);
  const file = await own.file("a.bin", plain);
  await Deno.writeFile(join(own.folder, "a.bin"), lcg(14, 100), { append: true });
  const { pieces } = await encrypt(file);
  deepStrictEqual(joined(contentOf(pieces)), await encryptAtOnce(plain));
});
