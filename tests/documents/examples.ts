import { dirname, join } from "node:path/posix";
import { pathToFileURL } from "node:url";

/** An example in a doc comment. */
export interface Example {
  /** The module that it stands in, from the project's folder, and its first line: `a/b.ts:12`. */
  readonly place: string;
  readonly path: string;
  readonly code: string;
}

/** The examples in the comments of a module: what is between a line "```ts" and a line "```". */
export function examplesIn(path: string, text: string): readonly Example[] {
  const block = /^[ ]*\* ```ts\n((?:[ ]*\*.*\n)*?)[ ]*\* ```$/gm;
  return [...text.matchAll(block)].map(({ index, 1: lines = "" }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length + 1}`,
    path,
    code: lines.replace(/^[ ]*\* ?/gm, ""),
  }));
}

/**
 * Runs an example, which sees what its module exports, as under `deno test --doc`; throws what it
 * throws. That option gives each an isolate of its own, which costs a third of a second, and has no
 * way to let several share one.
 */
export async function runExample({ path, code }: Example, root: string): Promise<void> {
  const module = pathToFileURL(join(root, path)).href;
  const names = Object.keys(await import(module)).filter((name) => name !== "default");
  const absolute = code.replace(
    /(?<=\bfrom ")\.[^"]+(?=")/g,
    (specifier) => pathToFileURL(join(root, dirname(path), specifier)).href,
  );
  const text = `import { ${names.join(", ")} } from "${module}";\n${absolute}`;
  await import(`data:application/typescript,${encodeURIComponent(text)}`);
}
