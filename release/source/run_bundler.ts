import { join } from "node:path";
import { pathToFileURL } from "node:url";
import importMap from "../../import_map.json" with { type: "json" };
import { fetchPackage } from "../npm/fetch_package.ts";
import { licenceOf } from "../npm/licence_of.ts";
import { ReleaseError } from "../release_error.ts";
import { ROOT } from "../root.ts";
import { faultIn, runDeno } from "../run_deno.ts";

export interface BundlerOptions {
  /** A folder for working files. */
  readonly folder: string;
  /** The text of the module that replaces `client/build.ts`. */
  readonly build: string;
  /** Flags for the form and path of the output. */
  readonly flags: readonly string[];
}

/** Bundles the client, with all that it imports. Throws a `ReleaseError`. */
export async function runBundler({ folder, build, flags }: BundlerOptions): Promise<void> {
  const module = join(folder, "build.ts");
  const imports = join(folder, "import_map.json");
  await Deno.writeTextFile(module, build);
  await Deno.writeTextFile(imports, JSON.stringify({ imports: importsWith(module) }));
  const args = ["bundle", "--quiet", "--import-map", imports, ...flags];
  const { success, stderr } = await runDeno([...args, join(ROOT, "client", "main.ts")]);
  if (!success) throw new ReleaseError(`The client could not be bundled: ${faultIn(stderr)}`);
}

/**
 * Returns the licences of npm packages, given as `name@version`: the path of each file, below
 * `folder`. Throws a `ReleaseError` if one cannot be fetched.
 */
export async function licencesOf(
  packages: Iterable<string>,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const licences = new Map<string, string>();
  for (const one of packages) {
    licences.set(one, await licenceOf(one, await fetchPackage(one, { parent: folder })));
  }
  return licences;
}

/** Returns the imports of the project's import map, with the build module replaced. */
function importsWith(build: string): Record<string, string> {
  const original = pathToFileURL(join(ROOT, "client", "build.ts")).href;
  return { ...importMap.imports, [original]: pathToFileURL(build).href };
}
