/** The polynomial of `cksum`, without its highest term (POSIX, `cksum`). */
const POLYNOMIAL = 0x04c1_1db7;

let table: Uint32Array | undefined;

/**
 * Takes `bytes` into the register of a `cksum`, an unsigned 32-bit number whose highest bit comes first,
 * and returns what it is then. Byte by byte: slow, and ready at once.
 */
export function throughTable(register: number, bytes: Uint8Array): number {
  table ??= makeTable();
  let next = register;
  for (const byte of bytes) next = next << 8 ^ (table[(next >>> 24 ^ byte) & 0xff] ?? 0);
  return next >>> 0;
}

/** For each byte, what it makes of a register of zeros. */
function makeTable(): Uint32Array {
  return new Uint32Array(256).map((_, byte) => {
    let register = byte << 24;
    for (let bit = 0; bit < 8; bit++) register = register << 1 ^ (register < 0 ? POLYNOMIAL : 0);
    return register;
  });
}
