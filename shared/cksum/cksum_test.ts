import assert from "node:assert/strict";
import fc from "fast-check";
import { Cksum, throughTable } from "./cksum.ts";

function cksum(...pieces: readonly Uint8Array[]): number {
  const sum = new Cksum();
  for (const piece of pieces) sum.update(piece);
  return sum.digest();
}

/** The definition, bit by bit. */
function cksumBitByBit(bytes: Uint8Array): number {
  const length: number[] = [];
  for (let rest = bytes.length; rest > 0; rest = Math.floor(rest / 256)) length.push(rest % 256);
  let register = 0;
  for (const byte of [...bytes, ...length]) {
    register ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      register = register < 0 ? register << 1 ^ 0x04c11db7 : register << 1;
    }
  }
  return ~register >>> 0;
}

Deno.test("Cksum is its definition, however the data is cut into pieces", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (pieces) => {
      const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
      assert.equal(cksum(...pieces), cksumBitByBit(whole));
    }),
  );
});

Deno.test("Cksum matches the cksum program around the size of its pieces", async () => {
  const path = await Deno.makeTempFile();
  try {
    for (const size of [0, 1, 300, 32767, 32768, 32769, 65536, 1_000_003]) {
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size; at += 65536) {
        crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)));
      }
      await Deno.writeFile(path, bytes);
      const { stdout } = await new Deno.Command("cksum", { args: [path] }).output();
      const [expected] = new TextDecoder().decode(stdout).split(" ");
      assert.equal(cksum(bytes), Number(expected), `${size} bytes`);
    }
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("Cksum.digest() may be asked for in between, and of unaligned memory", () => {
  const memory = crypto.getRandomValues(new Uint8Array(1000));
  const sum = new Cksum();
  sum.update(memory.subarray(3, 500));
  assert.equal(sum.digest(), cksumBitByBit(memory.subarray(3, 500)));
  sum.update(memory.subarray(500, 997));
  assert.equal(sum.digest(), cksumBitByBit(memory.subarray(3, 997)));
  assert.equal(sum.size, 994);
});

Deno.test("throughTable() makes of a register what the polynomial makes of it, bit by bit", () => {
  const bitwise = (register: number, bytes: Uint8Array) => {
    let next = BigInt(register);
    for (const byte of bytes) {
      next ^= BigInt(byte) << 24n;
      for (let bit = 0; bit < 8; bit++) {
        next = next & 0x8000_0000n ? next << 1n & 0xffff_ffffn ^ 0x04c1_1db7n : next << 1n;
      }
    }
    return Number(next);
  };
  fc.assert(fc.property(fc.nat({ max: 0xffff_ffff }), fc.uint8Array(), (register, bytes) => {
    assert.equal(throughTable(register, bytes), bitwise(register, bytes));
  }));
});

Deno.test("Cksum gives the same by table and by zlib, wherever it switches", () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 });
  fc.assert(fc.property(pieces, fc.nat({ max: 40_000 }), (small, size) => {
    const large = new Uint8Array(size).fill(7);
    const sum = new Cksum();
    const whole = new Cksum();
    const all = [...small, large, ...small];
    for (const piece of all) sum.update(piece);
    const joined = new Uint8Array(all.reduce((total, { length }) => total + length, 0));
    let at = 0;
    for (const piece of all) {
      joined.set(piece, at);
      at += piece.length;
    }
    whole.update(joined);
    assert.equal(sum.digest(), whole.digest());
  }));
});
