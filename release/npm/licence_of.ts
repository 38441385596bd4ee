import { join } from "node:path";
import { ReleaseError } from "../release_error.ts";
import type { InstalledPackage } from "./fetch_package.ts";

/** The names of licence files, in any case. */
const NAME = /^licen[cs]e(\.(md|txt))?$/i;

/**
 * Returns the path of a package's licence. Throws a `ReleaseError` if there is none: it has to be
 * distributed with the package.
 */
export async function licenceOf(name: string, { folder }: InstalledPackage): Promise<string> {
  for await (const file of Deno.readDir(folder)) {
    if (file.isFile && NAME.test(file.name)) return join(folder, file.name);
  }
  throw new ReleaseError(
    `The package ${name} has no file with its licence, which must be handed on`,
  );
}
