/** A bundle as it is released. */
export interface Portable {
  readonly text: string;
  /** The npm packages in it, as `name@version`, sorted. */
  readonly packages: readonly string[];
}

/**
 * Where the bundler writes the path of a module outside of the project's folder: in a comment
 * before it, and in the name of the function around one that is imported later, or is CommonJS.
 */
const MODULE = /^(\/\/ | +(?:async )?")((?:\.\.\/|[A-Za-z]:\/|\/)[^"\n]*)("\([\w, ]*\) \{)?$/gm;

/** A module of a package in Deno's cache: registry, name with its scope, version, path. */
const CACHED = /\/npm\/.+?\/((?:@[\w.-]+\/)?[\w.-]+)\/(\d+\.\d+\.\d+[\w.+-]*)\/(.+)$/;

/**
 * Takes the paths of this machine out of a bundle: those of modules outside of the project, which
 * are packages in Deno's cache and the build module. What is from a package says so instead.
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
