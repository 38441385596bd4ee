import { quotedPath } from "../../shared/files/quoted.ts";
import { lateBuiltin } from "../../shared/late_builtin.ts";
import { localError } from "../client_error.ts";

/**
 * Replaces a file as a whole, readable by its owner alone: whatever happens, the old content or the
 * new one is there, synced. Throws a `ClientError` when it cannot be written; the old one stays then.
 */
export async function replaceFile(path: string, content: string): Promise<void> {
  const { basename, dirname, join } = lateBuiltin("node:path");
  const draft = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}`);
  try {
    await writeSynced(draft, content);
    await Deno.rename(draft, path);
    await syncFolder(dirname(path));
  } catch (error) {
    // What it holds is a private key.
    await Deno.remove(draft).catch(() => {});
    throw localError(
      "identity-not-writable",
      `Cannot write ${quotedPath(path)}; make its folder writable, or name another one with --dir`,
      error,
    );
  }
}

async function writeSynced(path: string, content: string): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(content);
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
  await file.sync();
}

async function syncFolder(folder: string): Promise<void> {
  // Windows does not let a folder be opened, and makes a rename durable by itself.
  if (Deno.build.os === "windows") return;
  using opened = await Deno.open(folder);
  await opened.sync();
}
