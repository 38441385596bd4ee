import { join } from "node:path";
import type { Target } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";
import type { InstalledPackage } from "../npm/fetch_package.ts";
import type { ArchiveEntry } from "./archive/archive_entry.ts";
import type { Split } from "../source/split.ts";
import { DENO_ENV, DENO_ENV_TEXT, launcherFor } from "./launcher.ts";
import { licenceEntries } from "./licences.ts";
import { readMe } from "./read_me.ts";

export interface PackageParts {
  readonly target: Target;
  /** The result of `sourceCommit()`. */
  readonly source: string;
  /** The client's modules. */
  readonly client: Pick<Split, "folder" | "names">;
  /** Deno for the target. */
  readonly runtime: InstalledPackage;
  /** The packages in it, as `name@version`, each with the path of its licence. */
  readonly licences: ReadonlyMap<string, string>;
}

/** Returns the files of a package, all in one folder, in a fixed order. */
export function packageEntries(parts: PackageParts): ArchiveEntry[] {
  const { target, source, client, runtime, licences } = parts;
  const top = `sealpost-${VERSION}-${target.triple}`;
  const launcher = launcherFor(target);
  const deno = `deno${target.executableSuffix}`;
  const licensed = [...licences.keys()].sort();
  const about = readMe({ target, source, integrity: runtime.integrity, licensed });
  return [
    { name: `${top}/${launcher.name}`, executable: true, content: { text: launcher.text } },
    { name: `${top}/README.txt`, executable: false, content: { text: about } },
    ...licenceEntries(top, licences),
    {
      name: `${top}/lib/${deno}`,
      executable: true,
      content: { path: join(runtime.folder, deno) },
    },
    ...(target.os === "windows"
      ? [{ name: `${top}/lib/${DENO_ENV}`, executable: false, content: { text: DENO_ENV_TEXT } }]
      : []),
    ...client.names.map((name) => ({
      name: `${top}/lib/client/${name}`,
      executable: false,
      content: { path: join(client.folder, name) },
    })),
  ];
}
