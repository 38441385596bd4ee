import assert from "node:assert/strict";
import { findTarget, TARGETS } from "./targets.ts";

Deno.test("Each system of each processor is a target once, by a triple of its own", () => {
  assert.equal(new Set(TARGETS.map(({ triple }) => triple)).size, TARGETS.length);
  const machines = TARGETS.map(({ os, arch }) => `${os} ${arch}`).sort();
  assert.deepEqual(machines, [
    "darwin aarch64",
    "darwin x86_64",
    "linux aarch64",
    "linux x86_64",
    "windows aarch64",
    "windows x86_64",
  ]);
});

Deno.test("Triples and packages name the machine that the target says", () => {
  for (const { triple, os, arch, npmPackage, archive, executableSuffix } of TARGETS) {
    assert(triple.startsWith(`${arch}-`) && triple.includes(`-${os}`), triple);
    const cpu = arch === "x86_64" ? "x64" : "arm64";
    const system = os === "windows" ? "win32" : os;
    assert(npmPackage.startsWith(`@deno/${system}-${cpu}`), npmPackage);
    assert.equal(archive, os === "windows" ? "zip" : "tar.gz");
    assert.equal(executableSuffix, os === "windows" ? ".exe" : "");
  }
});

Deno.test("findTarget() knows this machine's triple, and no other word", () => {
  const target = findTarget(Deno.build.target);
  assert.equal(target?.os, Deno.build.os);
  assert.equal(target?.arch, Deno.build.arch);
  assert.equal(findTarget("x86_64"), undefined);
  assert.equal(findTarget(""), undefined);
});
