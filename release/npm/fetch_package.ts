import { join } from "node:path";
import { ReleaseError } from "../release_error.ts";
import { ROOT } from "../root.ts";
import { faultIn, runDeno } from "../run_deno.ts";

/** A package from npm, unpacked. */
export interface InstalledPackage {
  /** The folder with its files. */
  readonly folder: string;
  /** The digest of its archive that was compared with the registry's, as npm writes it. */
  readonly integrity: string;
}

/**
 * Fetches a package from npm, given as `name@version` with an exact version, and unpacks it into a
 * new folder in `parent`.
 *
 * Deno's own client does it: it asks the registry that `NPM_CONFIG_REGISTRY` or an `.npmrc` names,
 * with their certificates, proxies and tokens, compares the archive with the digest that the
 * registry gives, and keeps what it fetched in its cache. A package for another system is unpacked
 * like any other, and scripts in packages are not run. `env` are variables for Deno beside those of
 * this process.
 *
 * Throws a `ReleaseError` when the package cannot be had, or has another digest.
 */
export async function fetchPackage(
  specifier: string,
  { parent, env = {} }: {
    readonly parent: string;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<InstalledPackage> {
  const at = specifier.lastIndexOf("@");
  const [name, version] = [specifier.slice(0, at), specifier.slice(at + 1)];
  const folder = await Deno.makeTempDir({ dir: parent });
  const dependencies = { [name]: version };
  await Deno.writeTextFile(join(folder, "package.json"), JSON.stringify({ dependencies }));
  await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ nodeModulesDir: "auto" }));
  await copyNpmrc(folder);
  const { success, stderr } = await runDeno(["install"], { cwd: folder, env });
  if (!success) {
    throw new ReleaseError(`${specifier} could not be fetched from npm: ${faultIn(stderr)}`);
  }
  const integrity = await integrityIn(join(folder, "deno.lock"), specifier);
  if (!integrity?.startsWith("sha512-")) {
    throw new ReleaseError(
      `The registry gives no SHA-512 digest for ${specifier}, so that it cannot be checked`,
    );
  }
  // What is in node_modules is a link.
  return {
    folder: await Deno.realPath(join(folder, "node_modules", ...name.split("/"))),
    integrity,
  };
}

/** Deno looks for it beside the `package.json`, and in the home folder. */
async function copyNpmrc(folder: string): Promise<void> {
  try {
    await Deno.copyFile(join(ROOT, ".npmrc"), join(folder, ".npmrc"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The digest of a package in a lock file. */
async function integrityIn(path: string, specifier: string): Promise<string | undefined> {
  const lock: unknown = JSON.parse(await Deno.readTextFile(path));
  const npm = isObject(lock) ? lock["npm"] : undefined;
  const entry = isObject(npm) ? npm[specifier] : undefined;
  const integrity = isObject(entry) ? entry["integrity"] : undefined;
  return typeof integrity === "string" ? integrity : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
