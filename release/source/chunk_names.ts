/** The module of a split client that is run. */
export const FIRST_MODULE = "main.js";

/**
 * How a module of a split bundle names another one, at the end of an import or in a dynamic one.
 */
const IMPORT = /(\bfrom |\bimport(?: |\())"\.\/([\w.-]+\.js)"/g;

/**
 * Gives modules of a split bundle names that do not depend on the machine: the bundler's end with
 * digests of paths. A module that is loaded on demand keeps the rest of its name, and what several
 * share is `shared_1.js` and so on, in the order in which imports lead to them from `main.js`.
 *
 * Takes and returns texts by name; a module that nothing leads to is left out.
 */
export function chunkNames(texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const names = new Map([[FIRST_MODULE, FIRST_MODULE]]);
  const taken = new Set([FIRST_MODULE]);
  // Names that are added on the way are visited too.
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

/** A name that no other module has, which is taken then. */
function free(own: string, taken: Set<string>): string {
  let number = own === "shared" ? 1 : 0;
  const name = () => number === 0 ? `${own}.js` : `${own}_${number}.js`;
  while (taken.has(name())) number += 1;
  taken.add(name());
  return name();
}
