/**
 * Compares two versions by the rules of Semantic Versioning 2.0.0, section 11: negative if `a` is
 * older. Both have to be versions without build metadata, as in the names of releases.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const sorted = ["1.10.0", "1.9.0", "1.10.0-rc.2", "1.10.0-rc.10"].sort(compareVersions);
 * assert.deepEqual(sorted, ["1.9.0", "1.10.0-rc.2", "1.10.0-rc.10", "1.10.0"]);
 * ```
 */
export function compareVersions(a: string, b: string): number {
  const [aNumbers, aPre] = parts(a);
  const [bNumbers, bPre] = parts(b);
  const numbers = compareLists(aNumbers, bNumbers);
  if (numbers !== 0) return numbers;
  // A version with a pre-release comes before one without.
  if (aPre.length === 0 || bPre.length === 0) return bPre.length - aPre.length;
  return compareLists(aPre, bPre);
}

function parts(version: string): readonly [readonly string[], readonly string[]] {
  const dash = version.indexOf("-");
  if (dash < 0) return [version.split("."), []];
  return [version.slice(0, dash).split("."), version.slice(dash + 1).split(".")];
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    const difference = compareIdentifiers(a[at] ?? "", b[at] ?? "");
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function compareIdentifiers(a: string, b: string): number {
  const aNumber = /^\d+$/.test(a);
  const bNumber = /^\d+$/.test(b);
  if (aNumber && bNumber) return Number(a) - Number(b);
  if (aNumber !== bNumber) return aNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}
