import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Which test files run together, by folder. A file by itself costs a third of a second of processor
 * time before its first test, since each begins in an isolate of its own: of 300 files that is most
 * of what a run takes. To load and compile what a group tests takes seconds. So there are as many
 * groups as run side by side, three, and none is to take much longer than the others.
 */
export const GROUPS = {
  client: [
    "client",
    "shared",
    "bench",
    "demo",
    "release",
    "tests/chance",
    "tests/crashes",
    "tests/documents",
    "tests/groups",
    "tests/house",
    "tests/peers",
    "tests/protocol4",
    "tests/release",
    "tests/resume",
    "tests/scarcity",
  ],
  protocol3: [
    "client/protocol3",
    "server/protocol3",
    "shared/protocol3",
    "tests/costs",
    "tests/faults",
    "tests/field",
    "tests/fuzz",
    "tests/kernel",
    "tests/protocol3",
  ],
  server: [
    "server",
    "tests/end_to_end",
    "tests/fairness",
    "tests/old",
    "tests/rogue",
    "tests/storage",
    "tests/terminal",
    "tests/upkeep",
    "tests/web",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The name of a group. */
export type GroupName = keyof typeof GROUPS;

/** The folder of files that take long, which run one by one; see tests/groups/long_run/main.ts. */
export const LONG = "tests/long";

/** Paths of the files that have tests, from the project's folder, with slashes. */
export async function testFiles(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of ["bench", "client", "demo", "release", "server", "shared", "tests"]) {
    for await (const file of filesBelow(join(ROOT, folder))) {
      if (/_test\.tsx?$/.test(file)) found.push(relative(ROOT, file).replaceAll(sep, "/"));
    }
  }
  return found.sort();
}

/** The group of a file: the one that names the innermost folder around it; undefined for none. */
export function groupOf(file: string): GroupName | undefined {
  let innermost: GroupName | undefined;
  let longest = isIn(file, LONG) ? LONG.length : 0;
  for (const [name, folders] of Object.entries(GROUPS)) {
    for (const folder of folders) {
      if (!isIn(file, folder) || folder.length <= longest) continue;
      longest = folder.length;
      innermost = name as GroupName;
    }
  }
  return innermost;
}

/** Loads all test files of a group, so that their tests run with those of the caller's module. */
export async function loadGroup(name: GroupName): Promise<void> {
  for (const file of await testFiles()) {
    if (groupOf(file) === name) await import(pathToFileURL(join(ROOT, file)).href);
  }
}

function isIn(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && name !== "node_modules") yield* filesBelow(join(folder, name));
    else yield join(folder, name);
  }
}
