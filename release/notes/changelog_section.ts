/**
 * Returns the section of a changelog, in the format of Keep a Changelog, for a version: the text
 * between its heading and the next one, without blank lines around it. Returns undefined if there
 * is no such heading, or nothing below it.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * const changelog = "# Changelog\n\n## 1.1.0 - 2026-01-02\n\n- More.\n\n## 1.0.0\n\n- First.\n";
 * assert.equal(changelogSection(changelog, "1.1.0"), "- More.");
 * ```
 */
export function changelogSection(changelog: string, version: string): string | undefined {
  const lines = changelog.split(/\r?\n/);
  const begin = lines.findIndex((line) => headingOf(line) === version);
  if (begin < 0) return undefined;
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => headingOf(line) !== undefined);
  return (end < 0 ? rest : rest.slice(0, end)).join("\n").trim() || undefined;
}

/**
 * Returns the version in a second-level heading: `## [1.2.3] - 2026-01-02` as well as `## 1.2.3`.
 */
function headingOf(line: string): string | undefined {
  return /^## +\[?([^\]\s]+)\]?/.exec(line)?.[1];
}
