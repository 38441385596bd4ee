import { join } from "node:path";
import { buildModule } from "./build_module.ts";
import { withoutLocalPaths } from "./local_paths.ts";
import { licencesOf, runBundler } from "./run_bundler.ts";

/** The client in one file. */
export interface Bundle {
  /** The path of that file. */
  readonly path: string;
  /** The npm packages that are in it, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/**
 * Bundles the client, with all that it imports, into one file in `folder`, for a binary. `folder`
 * is used for working files too. `source` is the result of `sourceCommit()`. The same source gives
 * the same bytes in any folder.
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

/**
 * Returns a comment with the licences, which have to be distributed with the code, also in a
 * binary.
 */
async function notice(licences: ReadonlyMap<string, string>): Promise<string> {
  const parts: string[] = [];
  for (const [name, path] of licences) {
    const licence = (await Deno.readTextFile(path)).trim().replaceAll("*/", "* /");
    parts.push(`\n/*\nWith code of ${name}, under this licence:\n\n${licence}\n*/\n`);
  }
  return parts.join("");
}
