import { dirname, join, normalize, relative } from "node:path/posix";

/** A module of the products, by its path from the project's folder. */
export interface Source {
  readonly path: string;
  readonly text: string;
  /** Paths of the modules of the project that it imports, types and late imports included. */
  readonly imports: readonly string[];
}

/** Where the modules of the products are. */
const FOLDERS = ["client", "server", "shared"] as const;

/** All modules of the products, without their tests. `root` is the project's folder. */
export async function readSources(root: string): Promise<readonly Source[]> {
  const sources: Source[] = [];
  for (const folder of FOLDERS) {
    for await (const file of filesBelow(join(root, folder))) {
      const path = relative(root, file);
      if (isProduct(path)) sources.push(sourceOf(path, await Deno.readTextFile(file)));
    }
  }
  return sources.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Where there is code of any kind. */
const ALL_FOLDERS = ["bench", "client", "demo", "release", "server", "shared", "tests"] as const;

const read = new Map<string, Promise<ReadonlyMap<string, string>>>();

/**
 * The text of all modules and tests that are formatted, by path from the project's folder; read
 * once, for all tests of a group.
 */
export function readTexts(root: string): Promise<ReadonlyMap<string, string>> {
  const texts = read.get(root) ?? readAll(root);
  read.set(root, texts);
  return texts;
}

async function readAll(root: string): Promise<ReadonlyMap<string, string>> {
  const { fmt } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const texts = new Map<string, string>();
  for (const folder of ALL_FOLDERS) {
    for await (const file of filesBelow(join(root, folder))) {
      const path = relative(root, file);
      const isFormatted = !fmt.exclude.some((other: string) => path.startsWith(other));
      if (/\.tsx?$/.test(path) && isFormatted) texts.set(path, await Deno.readTextFile(file));
    }
  }
  return texts;
}

/** A module whose text is known. */
export function sourceOf(path: string, text: string): Source {
  const imports = [...text.matchAll(/(?:\bfrom\s+|^import\s+|\bimport\(\s*)"(\.[^"]+)"/gm)]
    .filter(({ index }) => !isComment(text, index))
    .map(([, specifier = ""]) => normalize(join(dirname(path), specifier)));
  return { path, text, imports: [...new Set(imports)] };
}

function isComment(text: string, index: number): boolean {
  return /^\s*(\*|\/\/|\/\*)/.test(text.slice(text.lastIndexOf("\n", index - 1) + 1));
}

function isProduct(path: string): boolean {
  return /\.tsx?$/.test(path) && !/_test\.tsx?$/.test(path);
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path);
    else yield path;
  }
}
