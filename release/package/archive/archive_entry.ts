/** A file of an archive. */
export interface ArchiveEntry {
  /** Its path in the archive, with `/` between folders. */
  readonly name: string;
  readonly executable: boolean;
  /** What is in it: a text, or the path of the file that it is read from. */
  readonly content: { readonly text: string } | { readonly path: string };
}

/**
 * When all files in archives were changed: always the same, so that the same contents give the same
 * bytes. It is a time that every format can hold.
 */
export const CHANGED: Date = new Date(Date.UTC(2000, 0, 1, 12));

/** The content of an entry, and its size in bytes. */
export async function openEntry(
  { content }: ArchiveEntry,
): Promise<{ readonly stream: ReadableStream<Uint8Array>; readonly size: number }> {
  if ("text" in content) {
    const blob = new Blob([content.text]);
    return { stream: blob.stream(), size: blob.size };
  }
  const file = await Deno.open(content.path);
  return { stream: file.readable, size: (await file.stat()).size };
}
