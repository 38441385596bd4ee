import { join } from "node:path";
import { pathToFileURL } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { licenceOf } from "../npm/licence_of.ts";
import { fetchPackage } from "../npm/fetch_package.ts";
import { ReleaseError } from "../release_error.ts";
import { ROOT } from "../root.ts";
import { faultIn, runDeno } from "../run_deno.ts";
import { buildModule } from "./build_module.ts";
import { withoutLocalPaths } from "./local_paths.ts";

/** The client in one file. */
export interface Bundle {
  /** Where that is. */
  readonly path: string;
  /** The npm packages that are in it, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/**
 * Bundles the client, with all that it imports, into one file in `folder`, which holds working
 * files too. `source` is what `sourceCommit()` says. The same source gives the same bytes in any
 * folder.
 */
export async function bundleClient(folder: string, source: string): Promise<Bundle> {
  const build = join(folder, "build.ts");
  const imports = join(folder, "import_map.json");
  const raw = join(folder, "raw.js");
  await Deno.writeTextFile(build, buildModule(source));
  await Deno.writeTextFile(imports, JSON.stringify({ imports: importMap(build) }));
  const flags = ["--quiet", "--import-map", imports, "--output", raw];
  const { success, stderr } = await runDeno(["bundle", ...flags, join(ROOT, "client", "main.ts")]);
  if (!success) throw new ReleaseError(`The client could not be bundled: ${faultIn(stderr)}`);
  const { text, packages } = withoutLocalPaths(await Deno.readTextFile(raw));
  const licences = new Map<string, string>();
  for (const one of packages) {
    licences.set(one, await licenceOf(one, await fetchPackage(one, { parent: folder })));
  }
  const path = join(folder, "sealpost.js");
  await Deno.writeTextFile(path, `${text}${await notice(licences)}`);
  return { path, licences };
}

/** A comment with licences, which go where the code goes: into a binary too. */
async function notice(licences: ReadonlyMap<string, string>): Promise<string> {
  const parts: string[] = [];
  for (const [name, path] of licences) {
    const licence = (await Deno.readTextFile(path)).trim().replaceAll("*/", "* /");
    parts.push(`\n/*\nWith code of ${name}, under this licence:\n\n${licence}\n*/\n`);
  }
  return parts.join("");
}

/**
 * The imports of `deno.json` in the longer form of an import map, with the build module replaced.
 */
function importMap(build: string): Record<string, string> {
  const entries = Object.entries(config.imports).flatMap(([name, specifier]) => [
    [name, specifier],
    [`${name}/`, `${specifier.replace(/^npm:/, "npm:/")}/`],
  ]);
  const original = pathToFileURL(join(ROOT, "client", "build.ts")).href;
  return { ...Object.fromEntries(entries), [original]: pathToFileURL(build).href };
}
