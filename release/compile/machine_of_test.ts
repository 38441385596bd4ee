import assert from "node:assert/strict";
import { headOf, type Machine, machineOf } from "./machine_of.ts";

/** The fields of headers that count, as their specifications give them. */
function elf(machine: number): Uint8Array {
  const head = new Uint8Array(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  new DataView(head.buffer).setUint16(16, 3, true);
  new DataView(head.buffer).setUint16(18, machine, true);
  return head;
}

function pe(machine: number, at = 0x80): Uint8Array {
  const head = new Uint8Array(at + 24);
  head.set([0x4d, 0x5a]);
  new DataView(head.buffer).setUint32(0x3c, at, true);
  head.set([0x50, 0x45, 0, 0], at);
  new DataView(head.buffer).setUint16(at + 4, machine, true);
  return head;
}

function machO(type: number): Uint8Array {
  const head = new Uint8Array(32);
  new DataView(head.buffer).setUint32(0, 0xfeed_facf, true);
  new DataView(head.buffer).setUint32(4, type, true);
  return head;
}

const KNOWN: ReadonlyArray<readonly [Uint8Array, Machine]> = [
  [elf(62), { os: "linux", arch: "x86_64" }],
  [elf(183), { os: "linux", arch: "aarch64" }],
  [pe(0x8664), { os: "windows", arch: "x86_64" }],
  [pe(0xaa64, 0x100), { os: "windows", arch: "aarch64" }],
  [machO(0x0100_0007), { os: "darwin", arch: "x86_64" }],
  [machO(0x0100_000c), { os: "darwin", arch: "aarch64" }],
];

Deno.test("machineOf() tells systems and processors apart", () => {
  for (const [head, machine] of KNOWN) assert.deepEqual(machineOf(head), machine);
});

Deno.test("machineOf() knows no other files, and no file that is cut short", () => {
  const others = [new Uint8Array(), new TextEncoder().encode("#!/bin/sh\n"), elf(8), pe(0x14c)];
  for (const head of others) assert.equal(machineOf(head), undefined);
  for (const [head] of KNOWN) {
    for (const length of [1, 3, 4, 6]) assert.equal(machineOf(head.subarray(0, length)), undefined);
  }
  const outside = pe(0x8664);
  new DataView(outside.buffer).setUint32(0x3c, 0xffff_fff0, true);
  assert.equal(machineOf(outside), undefined);
});

Deno.test("The Deno that runs this is an executable for this machine", async () => {
  const { os, arch } = Deno.build;
  assert.deepEqual(machineOf(await headOf(Deno.execPath())), { os, arch });
});
