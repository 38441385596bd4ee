/** The main module of a split client. */
export const FIRST_MODULE = "main.js";

/** Matches the name of another module of a split bundle, in a static or dynamic import. */
const IMPORT = /(\bfrom |\bimport(?: |\())"\.\/([\w.-]+\.js)"/g;

/**
 * Renames the modules of a split bundle so that names do not depend on the machine: the bundler's
 * names end with digests of paths. A module that is loaded on demand keeps the rest of its name.
 * Shared modules become `shared_1.js` and so on, in the order of the imports from `main.js`.
 *
 * Takes and returns texts by name; a module that is never imported is left out.
 */
export function chunkNames(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = new Map([[FIRST_MODULE, FIRST_MODULE]]);
  const taken = new Set([FIRST_MODULE]);
  // The loop also visits names that are added during it.
  for (const name of names.keys()) {
    for (const [, , other = ""] of (texts.get(name) ?? "").matchAll(IMPORT)) {
      if (names.has(other) || !texts.has(other)) continue;
      const own = other.replace(/-[A-Z0-9]{8}\.js$/, "");
      names.set(other, free(own === "chunk" ? "shared" : own, taken));
    }
  }
  const renamed = new Map<string, string>();
  for (const [name, own] of names) {
    const text = (texts.get(name) ?? "").replaceAll(
      IMPORT,
      (whole, before: string, other: string) => {
        const instead = names.get(other);
        return instead === undefined ? whole : `${before}"./${instead}"`;
      },
    );
    renamed.set(own, text);
  }
  return renamed;
}

/** Returns an unused name and adds it to `taken`. */
function free(own: string, taken: Set<string>): string {
  let number = own === "shared" ? 1 : 0;
  const name = () => number === 0 ? `${own}.js` : `${own}_${number}.js`;
  while (taken.has(name())) number += 1;
  taken.add(name());
  return name();
}
