/**
 * The oldest Deno that the server runs on: the first that can copy a database and lock a file
 * without waiting.
 */
const FLOOR = { major: 2, minor: 9 } as const;

/**
 * Returns a message if a runtime of this version is too old for the server; undefined otherwise.
 */
export function tooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const { major: least, minor: leastMinor } = FLOOR;
  if (major > least || major === least && minor >= leastMinor) return undefined;
  return `The server needs Deno ${least}.${leastMinor} or later, and this is Deno ${version}; ` +
    'upgrade it, or run it by "npx --yes deno@2.9.6 task server"';
}
