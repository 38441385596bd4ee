import type { Target } from "../../shared/release/targets.ts";

/** The machine that an executable runs on. */
export type Machine = Pick<Target, "os" | "arch">;

/**
 * Bytes at the start of a file that are enough for `machineOf()`, except for some headers of
 * Windows.
 */
const HEAD = 4096;

/** `e_machine` of ELF. */
const ELF: Readonly<Record<number, Target["arch"]>> = { 0x3e: "x86_64", 0xb7: "aarch64" };
/** `Machine` of PE. */
const PE: Readonly<Record<number, Target["arch"]>> = { 0x8664: "x86_64", 0xaa64: "aarch64" };
/** `cputype` of Mach-O. */
const MACH_O: Readonly<Record<number, Target["arch"]>> = {
  0x0100_0007: "x86_64",
  0x0100_000c: "aarch64",
};

/**
 * Returns the machine that a file runs on, from its first bytes: ELF means Linux, PE Windows,
 * Mach-O macOS, all 64-bit and little-endian. Returns undefined for anything else, or for a
 * processor without releases.
 */
export function machineOf(head: Uint8Array): Machine | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const word = (at: number) => at + 4 <= head.byteLength ? view.getUint32(at, true) : undefined;
  const first = word(0);
  if (first === 0x464c_457f && head[4] === 2 && head[5] === 1) {
    return machine("linux", ELF[(word(16) ?? 0) >>> 16]);
  }
  if (first === 0xfeed_facf) return machine("darwin", MACH_O[word(4) ?? 0]);
  const header = word(0x3c);
  if (head[0] === 0x4d && head[1] === 0x5a && header !== undefined && word(header) === 0x4550) {
    return machine("windows", PE[(word(header + 4) ?? 0) & 0xffff]);
  }
  return undefined;
}

/** Reads the bytes of a file that `machineOf()` needs. */
export async function headOf(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(HEAD);
  let filled = 0;
  while (filled < HEAD) {
    const read = await file.read(head.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return head.subarray(0, filled);
}

function machine(os: Machine["os"], arch: Machine["arch"] | undefined): Machine | undefined {
  return arch && { os, arch };
}
