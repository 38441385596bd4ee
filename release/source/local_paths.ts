/** A bundle without paths of this machine. */
export interface Portable {
  readonly text: string;
  /** The npm packages in it, as `name@version`, sorted. */
  readonly packages: readonly string[];
}

/**
 * Matches the path of a module outside of the project's folder: in a comment before the module, or
 * in the name of the function around a module that is imported dynamically or is CommonJS.
 */
const MODULE = /^(\/\/ | +(?:async )?")((?:\.\.\/|[A-Za-z]:\/|\/)[^"\n]*)("\([\w, ]*\) \{)?$/gm;

/** A module of a package in Deno's cache: registry, name with its scope, version, path. */
const CACHED = /\/npm\/.+?\/((?:@[\w.-]+\/)?[\w.-]+)\/(\d+\.\d+\.\d+[\w.+-]*)\/(.+)$/;

/**
 * Removes the paths of this machine from a bundle: those of packages in Deno's cache and of the
 * build module. The path of a package is replaced by its name.
 */
export function withoutLocalPaths(bundle: string): Portable {
  const packages = new Set<string>();
  const text = bundle.replaceAll(MODULE, (_line, before: string, path: string, after = "") => {
    const [, name, version, inside] = CACHED.exec(path) ?? [];
    const known = name !== undefined && version !== undefined;
    if (known) packages.add(`${name}@${version}`);
    const shown = known ? `npm:${name}@${version}/${inside}` : "client/build.ts of the release";
    return `${before}${shown}${after}`;
  });
  return { text, packages: [...packages].sort() };
}
