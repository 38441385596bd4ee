/** `deno task notes`, as the workflow of a release calls it. */

import assert from "node:assert/strict";
import { changelogSection } from "../../release/notes/changelog_section.ts";
import { VERSION } from "../../shared/version.ts";
import { ROOT, runProgram } from "../end_to_end/fixtures/program.ts";

Deno.test("notes prints what the changelog says of the version, for its tag alone", async () => {
  const changelog = await Deno.readTextFile(`${ROOT}CHANGELOG.md`);
  const expected = changelogSection(changelog, VERSION);
  assert(expected !== undefined);
  const { code, stdout } = await runProgram("notes", [`v${VERSION}`]);
  assert.equal(code, 0);
  assert.equal(stdout, `${expected}\n`);
});

for (
  const [what, args, message] of [
    [
      "another tag",
      ["v999.0.0"],
      /^error: The tag "v999\.0\.0" is not that of the version in .*\n$/,
    ],
    ["a tag without its v", [VERSION], /^error: The tag /],
    ["no tag", [], /^error: Give one tag: deno task notes v\d/],
    ["two tags", [`v${VERSION}`, `v${VERSION}`], /^error: Give one tag/],
  ] as const
) {
  Deno.test(`notes refuses ${what}`, async () => {
    const { code, stdout, stderr } = await runProgram("notes", args);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  });
}
