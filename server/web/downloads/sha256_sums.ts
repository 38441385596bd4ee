/** More than this no list of digests has to say; a larger one is not read. */
export const MAX_SUMS_SIZE: number = 64 * 1024;

/**
 * The digests in a list as `sha256sum` writes it, by file name: 64 lower-case hexadecimal digits.
 * Lines of another form are left out: what they say of a file cannot be relied on.
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
    // Behind the blank an asterisk stands for a file that was read as binary.
    const [, digest, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest !== undefined && name !== undefined) sums.set(name, digest);
  }
  return sums;
}

/** A list of digests as `sha256sum` writes it. */
export function formatSha256Sums(
  files: readonly { readonly name: string; readonly sha256: string }[],
): string {
  return files.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join("");
}
