import { run, type Work } from "../work.ts";

/** The keys of small contents: their number in `small_contents` behind this letter. */
const SMALL = "r";

/** Returns the key of the small contents with this number. */
export function smallKey(row: number): string {
  return `${SMALL}${row}`;
}

/** Returns the number of small contents, or undefined for the key of others. */
export function smallRow(key: string): number | undefined {
  return key.startsWith(SMALL) ? Number(key.slice(SMALL.length)) : undefined;
}

/** Gives up contents that lose their entry: small ones at once, others by way of the sweeper. */
export function* releaseContents(key: string | null, now: Date): Work<void> {
  if (key === null) return;
  const row = smallRow(key);
  if (row !== undefined) yield* run("DELETE FROM small_contents WHERE Row = ?", row);
  else yield* run("INSERT INTO garbage (Key, Since) VALUES (?, ?)", key, now.toISOString());
}
