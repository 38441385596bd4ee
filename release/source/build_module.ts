/** Where the client lies: a binary in its own folder, the modules of a package in `lib/client/`. */
const FOLDERS = {
  binary: String.raw`Deno.execPath().replace(/[\\/][^\\/]*$/, "")`,
  package: String.raw`import.meta.dirname.replace(/(?:[\\/][^\\/]*){2}$/, "")`,
} as const;

/** A kind of release that the client is bundled for. */
export type BundleKind = keyof typeof FOLDERS;

/**
 * The text of the module that stands in the place of `client/build.ts` in a release. `source` is
 * what `sourceCommit()` says. It imports nothing: every start of the client loads it.
 */
export function buildModule(source: string, kind: BundleKind): string {
  return `export const BUILD = {
  source: ${JSON.stringify(source)},
  call: "sealpost",
  folder: ${FOLDERS[kind]} || "/",
};
`;
}
