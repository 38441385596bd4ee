import assert from "node:assert/strict";
import { TARGETS } from "../../shared/release/targets.ts";
import { packageEntries } from "./package_entries.ts";

for (const target of TARGETS) {
  Deno.test(`README.txt for ${target.title} names exactly the licences of the package`, () => {
    const entries = packageEntries({
      target,
      source: "commit 1234",
      client: { folder: "client", names: ["main.js"] },
      runtime: { folder: "deno", integrity: "sha512-0" },
      licences: new Map([["deno@1.2.3", "one"], ["@some/library@4.5.6", "two"]]),
    });
    const licences = entries.flatMap(({ name }) => /lib\/licences\/(.+)/.exec(name)?.[1] ?? []);
    assert.deepEqual(licences, ["some-library.txt", "deno.txt"]);
    const about = entries.find(({ name }) => name.endsWith("/README.txt"))?.content;
    assert(about !== undefined && "text" in about);
    const [, named] =
      /^ {2}licences\/ +of (.+); that of Sealpost is LICENSE\r?$/m.exec(about.text) ??
        [];
    assert.equal(named, "@some/library@4.5.6, deno@1.2.3");
  });
}
