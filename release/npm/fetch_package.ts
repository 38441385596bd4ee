import { join } from "node:path";
import { ReleaseError } from "../release_error.ts";
import { ROOT } from "../root.ts";
import { faultIn, runDeno } from "../run_deno.ts";

/** A package from npm, unpacked. */
export interface InstalledPackage {
  /** The folder with its files. */
  readonly folder: string;
  /** The verified digest of its archive, as npm writes it. */
  readonly integrity: string;
}

/**
 * Fetches a package from npm, given as `name@version` with an exact version, and unpacks it into a
 * new folder in `parent`.
 *
 * Uses Deno's own client, which asks the registry in `NPM_CONFIG_REGISTRY` or an `.npmrc`, with its
 * certificates, proxies and tokens, checks the archive against the registry's digest, and uses its
 * cache. A package for another system is unpacked like any other. Scripts in packages are not run.
 * `digest`, as npm writes it, is what the archive must have besides; `env` has additional variables
 * for Deno.
 *
 * Throws a `ReleaseError` if the package cannot be fetched, or has another digest.
 */
export async function fetchPackage(
  specifier: string,
  { parent, digest, env = {} }: {
    readonly parent: string;
    readonly digest?: string;
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
  if (digest !== undefined && integrity !== digest) {
    throw new ReleaseError(
      `${specifier} from the registry is not what was released: its digest is ${integrity}, and ` +
        `${digest} was expected`,
    );
  }
  // The entry in node_modules is a link.
  return {
    folder: await Deno.realPath(join(folder, "node_modules", ...name.split("/"))),
    integrity,
  };
}

/**
 * Copies the user's `.npmrc`: Deno reads it from the folder of `package.json` and from the home
 * folder.
 */
async function copyNpmrc(folder: string): Promise<void> {
  try {
    await Deno.copyFile(join(ROOT, ".npmrc"), join(folder, ".npmrc"));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Returns the digest of a package in a lock file. */
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
