/** A file of an archive. */
export interface ArchiveEntry {
  /** Its path in the archive, with `/` between folders. */
  readonly name: string;
  readonly executable: boolean;
  /** Its content: a text, or the path of the file to read. */
  readonly content: { readonly text: string } | { readonly path: string };
}

/**
 * The modification time of all files in archives: always the same, so that the same contents give
 * the same bytes, and one that every format can represent.
 */
export const CHANGED: Date = new Date(Date.UTC(2000, 0, 1, 12));

/** Opens the content of an entry. Returns it with its size in bytes. */
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
