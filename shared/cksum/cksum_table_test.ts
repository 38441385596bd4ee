import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { Cksum } from "./cksum.ts";
import { throughTable } from "./cksum_table.ts";

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
    strictEqual(throughTable(register, bytes), bitwise(register, bytes));
  }));
});

Deno.test("Cksum finds the same by the table as by zlib, wherever it changes from one to the other", () => {
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
    strictEqual(sum.digest(), whole.digest());
  }));
});
