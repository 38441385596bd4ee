import { join } from "node:path";
import type { Target } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";
import type { InstalledPackage } from "../npm/fetch_package.ts";
import type { ArchiveEntry } from "./archive/archive_entry.ts";
import { launcherFor } from "./launcher.ts";
import { licenceEntries } from "./licences.ts";
import { readMe } from "./read_me.ts";

/** What a package is made of. */
export interface PackageParts {
  readonly target: Target;
  /** What `sourceCommit()` says. */
  readonly source: string;
  /** The client in one file. */
  readonly bundle: string;
  /** Deno for the target. */
  readonly runtime: InstalledPackage;
  /** The packages in it, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/** The files of a package, all in one folder, in an order that does not change. */
export function packageEntries(parts: PackageParts): ArchiveEntry[] {
  const { target, source, bundle, runtime, licences } = parts;
  const top = `sealpost-${VERSION}-${target.triple}`;
  const launcher = launcherFor(target);
  const deno = `deno${target.executableSuffix}`;
  const about = readMe({ target, source, integrity: runtime.integrity });
  return [
    { name: `${top}/${launcher.name}`, executable: true, content: { text: launcher.text } },
    { name: `${top}/README.txt`, executable: false, content: { text: about } },
    ...licenceEntries(top, licences),
    {
      name: `${top}/lib/${deno}`,
      executable: true,
      content: { path: join(runtime.folder, deno) },
    },
    { name: `${top}/lib/sealpost.js`, executable: false, content: { path: bundle } },
  ];
}
