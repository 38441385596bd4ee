/** A folder with a release for tests: small files in the place of programs. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { formatSha256Sums } from "../../server/web/downloads/sha256_sums.ts";
import { CHECKSUMS_NAME, releaseName } from "../../shared/release/release_files.ts";
import { TARGETS } from "../../shared/release/targets.ts";

/** A file of a release. */
export interface ReleasedFile {
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Writes a file of a release, without telling `SHA256SUMS`. */
export async function writeReleased(
  folder: string,
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
): Promise<ReleasedFile> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  await Deno.writeFile(join(folder, name), bytes);
  return { name, content: bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** The digests of files of zeros, by their sizes. */
const zeros = new Map<number, string>();

/** Writes a file of so many zeros without telling `SHA256SUMS`, as a hole that takes no room. */
export async function writeZeros(
  folder: string,
  name: string,
  size: number,
): Promise<ReleasedFile> {
  using file = await Deno.create(join(folder, name));
  await file.truncate(size);
  const contentOf = () => new Uint8Array(size);
  const sha256 = zeros.get(size) ?? createHash("sha256").update(contentOf()).digest("hex");
  zeros.set(size, sha256);
  return {
    ...{ name, sha256 },
    get content() {
      return contentOf();
    },
  };
}

/** Writes the list of digests. */
export async function writeSums(
  folder: string,
  files: readonly Pick<ReleasedFile, "name" | "sha256">[],
): Promise<void> {
  await Deno.writeTextFile(join(folder, CHECKSUMS_NAME), formatSha256Sums(files));
}

/**
 * Writes a release with an executable for each target; `content` makes each of them from its name.
 */
export async function writeRelease(
  folder: string,
  { version = "1.2.3", content = (name: string) => `the program ${name}\n` }: {
    readonly version?: string;
    readonly content?: (name: string) => string;
  } = {},
): Promise<readonly ReleasedFile[]> {
  const files: ReleasedFile[] = [];
  for (const target of TARGETS) {
    const name = releaseName({ kind: "binary", version, target });
    files.push(await writeReleased(folder, name, content(name)));
  }
  await writeSums(folder, files);
  return files;
}
