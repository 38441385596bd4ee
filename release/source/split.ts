import { join } from "node:path";
import { buildModule } from "./build_module.ts";
import { chunkNames } from "./chunk_names.ts";
import { withoutLocalPaths } from "./local_paths.ts";
import { licencesOf, runBundler } from "./run_bundler.ts";

/** The client as several modules that are loaded on demand. */
export interface Split {
  /** The folder with the modules; `main.js` is the main one. */
  readonly folder: string;
  /** Their names, sorted. */
  readonly names: readonly string[];
  /** The npm packages that are in them, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/**
 * Bundles the client into modules in a subfolder of `folder`, for a package. `folder` is used for
 * working files too. Code that only some commands need is in separate modules, read on demand.
 * `source` is the result of `sourceCommit()`. The same source gives the same names and bytes in any
 * folder.
 */
export async function splitClient(folder: string, source: string): Promise<Split> {
  const raw = join(folder, "raw");
  const build = buildModule(source, "package");
  await runBundler({ folder, build, flags: ["--code-splitting", "--outdir", raw] });
  const texts = new Map<string, string>();
  const packages = new Set<string>();
  for await (const { name } of Deno.readDir(raw)) {
    const portable = withoutLocalPaths(await Deno.readTextFile(join(raw, name)));
    texts.set(name, portable.text);
    for (const one of portable.packages) packages.add(one);
  }
  const named = chunkNames(texts);
  const modules = join(folder, "client");
  await Deno.mkdir(modules);
  for (const [name, text] of named) await Deno.writeTextFile(join(modules, name), text);
  return {
    folder: modules,
    names: [...named.keys()].sort(),
    licences: await licencesOf([...packages].sort(), folder),
  };
}
