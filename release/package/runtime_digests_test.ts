import assert from "node:assert/strict";
import { TARGETS } from "../../shared/release/targets.ts";
import { DENO, RUNTIME_DIGESTS, runtimeDigest } from "./runtime_digests.ts";

Deno.test("Each target has a digest, all of one version of Deno", () => {
  const [, version] = Object.keys(RUNTIME_DIGESTS)[0]?.split(/@(?=\d)/) ?? [];
  const wanted = [...TARGETS.map(({ npmPackage }) => npmPackage), DENO];
  const specifiers = wanted.map((name) => `${name}@${version}`);
  assert.deepEqual(Object.keys(RUNTIME_DIGESTS).sort(), specifiers.sort());
  for (const specifier of specifiers) {
    assert.match(runtimeDigest(specifier), /^sha512-[\w+/]{86}==$/);
  }
  assert.equal(new Set(Object.values(RUNTIME_DIGESTS)).size, specifiers.length);
});

Deno.test("A package without a digest here is refused by name", () => {
  assert.throws(() => runtimeDigest("deno@1.0.0"), {
    name: "ReleaseError",
    message: /^release\/package\/runtime_digests\.ts has no digest of deno@1\.0\.0; run this with/,
  });
});
