import { join } from "node:path";
import { ReleaseError } from "../release_error.ts";
import type { InstalledPackage } from "./fetch_package.ts";

/** What a package's file with its licence is called, in some case. */
const NAME = /^licen[cs]e(\.(md|txt))?$/i;

/**
 * The path of a package's licence. Throws a `ReleaseError` when it has none: it must be handed on.
 */
export async function licenceOf(name: string, { folder }: InstalledPackage): Promise<string> {
  for await (const file of Deno.readDir(folder)) {
    if (file.isFile && NAME.test(file.name)) return join(folder, file.name);
  }
  throw new ReleaseError(
    `The package ${name} has no file with its licence, which must be handed on`,
  );
}
