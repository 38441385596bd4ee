import assert from "node:assert/strict";
import { changelogSection } from "./changelog_section.ts";

const CHANGELOG = `# Changelog

What has changed.

## Unreleased

Nothing yet.

## [1.10.0] - 2026-02-01

### Added

- A bell.

### Fixed

- A leak.

## 1.1.0

- A whistle.

## 1.0.0
`;

Deno.test("changelogSection() returns the whole section of a version, with its subheadings", () => {
  assert.equal(
    changelogSection(CHANGELOG, "1.10.0"),
    "### Added\n\n- A bell.\n\n### Fixed\n\n- A leak.",
  );
  assert.equal(changelogSection(CHANGELOG, "1.1.0"), "- A whistle.");
  assert.equal(changelogSection(CHANGELOG.replaceAll("\n", "\r\n"), "1.1.0"), "- A whistle.");
});

Deno.test("changelogSection() refuses an unknown version and an empty section", () => {
  for (const version of ["1.1", "1.0.0", "1.10", "2.0.0", "", "1.1.0\n"]) {
    assert.equal(changelogSection(CHANGELOG, version), undefined, version);
  }
});
