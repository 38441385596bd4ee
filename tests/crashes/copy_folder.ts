import { join } from "node:path";

/** Copies what is in a folder into another one, which exists. */
export async function copyFolder(target: string, source: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(source)) {
    const [from, to] = [join(source, name), join(target, name)];
    if (isDirectory) {
      await Deno.mkdir(to);
      await copyFolder(to, from);
    } else {
      await Deno.copyFile(from, to);
    }
  }
}
