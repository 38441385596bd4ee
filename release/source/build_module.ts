/**
 * The text of the module that stands in the place of `client/build.ts` in a release. `source` is
 * what `sourceCommit()` says.
 *
 * A compiled binary lies in its own folder. In a package, the bundle is in `lib/` of that folder.
 */
export function buildModule(source: string): string {
  return `import { dirname } from "node:path";

export const BUILD = {
  source: ${JSON.stringify(source)},
  call: "sealpost",
  folder: dirname(Deno.build.standalone ? Deno.execPath() : import.meta.dirname),
};
`;
}
