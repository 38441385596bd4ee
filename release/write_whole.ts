/** Writes a file atomically: under another name first. `write` has to close or abort its stream. */
export async function writeWhole(
  path: string,
  write: (file: WritableStream<Uint8Array<ArrayBuffer>>) => Promise<void>,
): Promise<void> {
  const part = `${path}.part`;
  const file = await Deno.open(part, { create: true, truncate: true, write: true });
  try {
    await write(file.writable);
    await Deno.rename(part, path);
  } catch (error) {
    await Deno.remove(part).catch(() => {});
    throw error;
  }
}
