import assert from "node:assert/strict";
import { parseReleaseName, type ReleaseFile, releaseName } from "./release_files.ts";
import { TARGETS } from "./targets.ts";

Deno.test("parseReleaseName() reads what releaseName() writes, for each target and kind", () => {
  for (const target of TARGETS) {
    for (const kind of ["binary", "package"] as const) {
      for (const version of ["0.1.0", "10.20.30", "1.2.3-rc.1"]) {
        const file: ReleaseFile = { kind, version, target };
        assert.deepEqual(parseReleaseName(releaseName(file)), file);
      }
    }
  }
});

Deno.test("parseReleaseName() knows no other names", () => {
  for (
    const name of [
      "",
      "SHA256SUMS",
      "sealpost",
      "sealpost-1.2.3",
      "sealpost-1.2.3-x86_64-unknown-linux-gnu.zip",
      "sealpost-1.2.3-x86_64-pc-windows-msvc",
      "sealpost-1.2.3-x86_64-pc-windows-msvc.tar.gz",
      "sealpost-1.2.3-riscv64gc-unknown-linux-gnu",
      "sealpost--x86_64-unknown-linux-gnu",
      "sealpost-1.2-x86_64-unknown-linux-gnu",
      "sealpost-1.2.3/../x-x86_64-unknown-linux-gnu",
      "sealpost-1.2.3-x86_64-unknown-linux-gnu.exe",
      "other-1.2.3-x86_64-unknown-linux-gnu",
    ]
  ) {
    assert.equal(parseReleaseName(name), undefined, name);
  }
});
