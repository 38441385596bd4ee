import { ZipWriter } from "@zip.js/zip.js";
import { type ArchiveEntry, CHANGED, openEntry } from "./archive_entry.ts";

/**
 * Writes a `.zip` in a stream, entries in their order. Times are fixed; Windows has neither owners
 * nor modes. Uses only features that every unzip program supports.
 */
export async function writeZip(
  entries: readonly ArchiveEntry[],
  file: WritableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const zip = new ZipWriter(file, {
    lastModDate: localTwin(CHANGED),
    extendedTimestamp: false,
    useWebWorkers: false,
    zip64: false,
  });
  for (const entry of entries) {
    const { stream } = await openEntry(entry);
    await zip.add(entry.name, stream);
  }
  await zip.close();
}

/**
 * Returns the time that reads in the local time zone as `date` does in UTC: zip has no time zones.
 */
function localTwin(date: Date): Date {
  return new Date(
    date.getUTCFullYear(),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
  );
}
