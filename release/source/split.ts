import { join } from "node:path";
import { buildModule } from "./build_module.ts";
import { chunkNames } from "./chunk_names.ts";
import { withoutLocalPaths } from "./local_paths.ts";
import { licencesOf, runBundler } from "./run_bundler.ts";

/** The client in a few modules, which load what they need. */
export interface Split {
  /** The folder with them; `main.js` is the one to run. */
  readonly folder: string;
  /** Their names, sorted. */
  readonly names: readonly string[];
  /** The npm packages that are in them, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/**
 * Bundles the client into modules in a folder in `folder`, which holds working files too: what a
 * package is made of. What only some commands need is in modules of its own, which a start that
 * needs none of it does not read. `source` is what `sourceCommit()` says. The same source gives the
 * same names and bytes in any folder.
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
