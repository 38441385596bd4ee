import { type Target, TARGETS } from "./targets.ts";

/** A file of a release: the compiled client, or the archive with Deno and the bundled client. */
export type ReleaseKind = "binary" | "package";

/** The parts of a file name in a release folder. */
export interface ReleaseFile {
  readonly kind: ReleaseKind;
  /** As `VERSION` has it: `1.2.3`, or `1.2.3-rc.1`. */
  readonly version: string;
  readonly target: Target;
}

/** The file with the digests of all others, in the form of `sha256sum`. */
export const CHECKSUMS_NAME = "SHA256SUMS";

const PREFIX = "sealpost-";

/** A semantic version, optionally with a pre-release; no build metadata. */
const VERSION_PATTERN = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/**
 * The name of a release's file: `sealpost-VERSION-TARGET`, followed by the suffix of its kind.
 *
 * ```ts
 * import assert from "node:assert/strict";
 * import { findTarget } from "./targets.ts";
 *
 * const target = findTarget("x86_64-pc-windows-msvc");
 * assert(target !== undefined);
 * const name = releaseName({ kind: "package", version: "1.2.3", target });
 * assert.equal(name, "sealpost-1.2.3-x86_64-pc-windows-msvc.zip");
 * ```
 */
export function releaseName({ kind, version, target }: ReleaseFile): string {
  return `${PREFIX}${version}${ending(kind, target)}`;
}

/** The parts of a name made by `releaseName()`; undefined for other names. */
export function parseReleaseName(name: string): ReleaseFile | undefined {
  if (!name.startsWith(PREFIX)) return undefined;
  for (const target of TARGETS) {
    for (const kind of ["binary", "package"] as const) {
      const end = ending(kind, target);
      if (!name.endsWith(end)) continue;
      const version = name.slice(PREFIX.length, -end.length);
      if (VERSION_PATTERN.test(version)) return { kind, version, target };
    }
  }
  return undefined;
}

function ending(kind: ReleaseKind, { triple, archive, executableSuffix }: Target): string {
  return `-${triple}${kind === "binary" ? executableSuffix : `.${archive}`}`;
}
