/** Maximum size of a list of digests in bytes; a larger one is not read. */
export const MAX_SUMS_SIZE: number = 64 * 1024;

/**
 * Parses a list of digests as `sha256sum` writes it: 64 lower-case hexadecimal digits by file name.
 * Ignores lines of another form.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const digest = "0".repeat(64);
 * assert.equal(parseSha256Sums(`${digest}  a.txt\n`).get("a.txt"), digest);
 * ```
 */
export function parseSha256Sums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    // An asterisk after the space marks a file that was read as binary.
    const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest !== undefined && name !== undefined) sums.set(name, digest);
  }
  return sums;
}

/** Formats a list of digests as `sha256sum` writes it. */
export function formatSha256Sums(
  files: readonly { readonly name: string; readonly sha256: string }[],
): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}
