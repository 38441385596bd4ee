import { createHash } from "node:crypto";
import { join } from "node:path";
import { CHECKSUMS_NAME, parseReleaseName } from "../shared/release/release_files.ts";
import { writeWhole } from "./write_whole.ts";

/**
 * Writes `SHA256SUMS` for all files of releases in a folder, sorted by name, in the form that
 * `sha256sum --check` reads. Returns their number.
 */
export async function writeChecksums(folder: string): Promise<number> {
  const names: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && parseReleaseName(name) !== undefined) names.push(name);
  }
  names.sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await sha256(join(folder, name))}  ${name}\n`);
  const text = new Blob(lines).stream();
  await writeWhole(join(folder, CHECKSUMS_NAME), (file) => text.pipeTo(file));
  return names.length;
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}
