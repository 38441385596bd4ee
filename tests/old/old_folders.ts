import { join } from "node:path";

import { type TemporaryFolder, temporaryFolder } from "../peers/temporary_folder.ts";
import expected from "./expected.json" with { type: "json" };
import type { OldClient } from "./old_files.ts";

/** The clients of the old server, and what they have stored. */
export const OLD_CLIENTS: readonly OldClient[] = expected;

/** Copies of the old folders, with the permissions that git does not keep. */
export async function copiedFolders(): Promise<
  TemporaryFolder & { data: string; clients: string }
> {
  const folder = await temporaryFolder();
  await copyPrivately(import.meta.dirname ?? ".", folder.path, ["data", "clients"]);
  return { ...folder, data: join(folder.path, "data"), clients: join(folder.path, "clients") };
}

async function copyPrivately(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const [source, copy] = [join(from, name), join(to, name)];
    if ((await Deno.stat(source)).isDirectory) {
      await Deno.mkdir(copy, { mode: 0o700 });
      const inside = await Array.fromAsync(Deno.readDir(source), ({ name }) => name);
      await copyPrivately(source, copy, inside);
    } else {
      await Deno.writeFile(copy, await Deno.readFile(source), { mode: 0o600 });
    }
  }
}

/** Has the `transfer.info` in a folder name a server; false when there is none. */
export async function pointTo(address: string, folder: string): Promise<boolean> {
  const path = join(folder, "transfer.info");
  const text = await Deno.readTextFile(path).catch(() => undefined);
  if (text === undefined) return false;
  await Deno.writeTextFile(path, text.replace(/^.*/, address));
  return true;
}
