import { createTarPacker } from "modern-tar";
import { type ArchiveEntry, CHANGED, openEntry } from "./archive_entry.ts";

/**
 * Writes a `.tar.gz` in a stream, entries in their order. It does not depend on when, where or by
 * whom it was created: times are fixed, owners are 0 without names, and the gzip header contains
 * neither.
 */
export async function writeTarGz(
  entries: readonly ArchiveEntry[],
  file: WritableStream<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const { readable, controller } = createTarPacker();
  const written = readable.pipeThrough(new CompressionStream("gzip")).pipeTo(file);
  const packed = pack(entries, controller).catch((error) => controller.error(error));
  await Promise.all([written, packed]);
}

async function pack(
  entries: readonly ArchiveEntry[],
  controller: ReturnType<typeof createTarPacker>["controller"],
): Promise<void> {
  for (const entry of entries) {
    const { stream, size } = await openEntry(entry);
    const mode = entry.executable ? 0o755 : 0o644;
    const owner = { uid: 0, gid: 0, uname: "", gname: "" };
    const header = { name: entry.name, size, mode, mtime: CHANGED, ...owner };
    await stream.pipeTo(controller.add(header));
  }
  controller.finalize();
}
