import { join } from "node:path";
import { buildModule } from "./build_module.ts";
import { withoutLocalPaths } from "./local_paths.ts";
import { licencesOf, runBundler } from "./run_bundler.ts";

/** The client in one file. */
export interface Bundle {
  /** Where that is. */
  readonly path: string;
  /** The npm packages that are in it, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/**
 * Bundles the client, with all that it imports, into one file in `folder`, which holds working
 * files too: what a binary is made of. `source` is what `sourceCommit()` says. The same source
 * gives the same bytes in any folder.
 */
export async function bundleClient(folder: string, source: string): Promise<Bundle> {
  const raw = join(folder, "raw.js");
  await runBundler({ folder, build: buildModule(source, "binary"), flags: ["--output", raw] });
  const { text, packages } = withoutLocalPaths(await Deno.readTextFile(raw));
  const licences = await licencesOf(packages, folder);
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
