/** The folder of the client: that of the binary, or `lib/client/` in a package. */
const FOLDERS = {
  binary: String.raw`Deno.execPath().replace(/[\\/][^\\/]*$/, "")`,
  package: String.raw`import.meta.dirname.replace(/(?:[\\/][^\\/]*){2}$/, "")`,
} as const;

/** A kind of release that the client is bundled for. */
export type BundleKind = keyof typeof FOLDERS;

/**
 * Returns the text of the module that replaces `client/build.ts` in a release. `source` is the
 * result of `sourceCommit()`. It imports nothing, since every start of the client loads it.
 */
export function buildModule(source: string, kind: BundleKind): string {
  return `export const BUILD = {
  source: ${JSON.stringify(source)},
  call: "sealpost",
  folder: ${FOLDERS[kind]} || "/",
};
`;
}
