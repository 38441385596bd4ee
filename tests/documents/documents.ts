import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A page of the project's documents. */
export interface Page {
  /** Its path in the project, with slashes: `docs/storage.md`. */
  readonly path: string;
  readonly text: string;
}

/** All pages: those beside `README.md`, those in `docs/`, and the decision records. */
export async function readPages(): Promise<readonly Page[]> {
  const pages: Page[] = [];
  for (const folder of ["", "docs/", "docs/decisions/"]) {
    for await (const { name } of Deno.readDir(join(ROOT, folder))) {
      if (!name.endsWith(".md")) continue;
      const path = `${folder}${name}`;
      pages.push({ path, text: await Deno.readTextFile(join(ROOT, path)) });
    }
  }
  return pages.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Targets of a page's links: `../README.md#the-server`, `https://deno.com`. */
export function linksIn(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
}

/** Names by which links reach the headings of a page, as sites that show Markdown form them. */
export function anchorsIn(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

/** Paths of the project that a page names, in code, prose or links. */
export function pathsIn(text: string): readonly string[] {
  const folders = "bench|client|demo|docs|packaging|release|server|shared|tests|\\.github";
  const named = new RegExp(`(?<![\\w./<>:~-])(?:\\.\\./)*((?:${folders})/[\\w./*-]*)`, "g");
  return [...text.matchAll(named)].map(([, path = ""]) => path.replace(/\.+$/, ""))
    .filter((path) => !path.includes("*"));
}

/** Whether there is a file or folder at a path of the project. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(join(ROOT, path));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```/gms, "");
}
