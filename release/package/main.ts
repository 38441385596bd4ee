/** `deno task package`: builds archives of Deno and the client, which need no installation. */
import { join, resolve } from "node:path";
import { formatSize } from "../../shared/settings/quantity.ts";
import { releaseName } from "../../shared/release/release_files.ts";
import { type ArchiveKind, TARGETS } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";
import { writeChecksums } from "../checksums.ts";
import { readReleaseCommandLine } from "../command_line.ts";
import { fetchPackage } from "../npm/fetch_package.ts";
import { licenceOf } from "../npm/licence_of.ts";
import { makeOutputFolder } from "../output_folder.ts";
import { runRelease } from "../release_error.ts";
import { sourceCommit } from "../source/commit.ts";
import { splitClient } from "../source/split.ts";
import { withWorkFolder } from "../work_folder.ts";
import { writeWhole } from "../write_whole.ts";
import { writeTarGz } from "./archive/tar_gz.ts";
import { writeZip } from "./archive/zip.ts";
import { packageEntries } from "./package_entries.ts";
import { DENO, runtimeDigest } from "./runtime_digests.ts";

const ARCHIVES: Readonly<Record<ArchiveKind, typeof writeZip>> = {
  "tar.gz": writeTarGz,
  zip: writeZip,
};

const { target = "all", output, home } = readReleaseCommandLine(Deno.args, {
  call: "deno task package",
  brief: "Makes archives that need no installation: the client, and the Deno that runs it, from " +
    "the npm registry that NPM_CONFIG_REGISTRY or an .npmrc names.",
  usualTarget: "All of them, when it is not given",
  output: "The folder for the archives and SHA256SUMS, ./dist when it is not given",
});

await runRelease(async (tell) => {
  const folder = resolve(output ?? join(home, "dist"));
  await makeOutputFolder(folder);
  const targets = target === "all" ? TARGETS : [target];
  await withWorkFolder(folder, async (work) => {
    const source = await sourceCommit();
    const client = await splitClient(work, source);
    const version = Deno.version.deno;
    const deno = `${DENO}@${version}`;
    const fetched = (specifier: string) =>
      fetchPackage(specifier, { parent: work, digest: runtimeDigest(specifier) });
    const denos = await licenceOf(deno, await fetched(deno));
    const licences = new Map([...client.licences, [deno, denos]]);
    for (const [at, one] of targets.entries()) {
      tell(`Fetching Deno ${version} for ${one.title} (${at + 1} of ${targets.length})`);
      const runtime = await fetched(`${one.npmPackage}@${version}`);
      const parts = { target: one, source, client, runtime, licences };
      const entries = packageEntries(parts);
      const place = join(folder, releaseName({ kind: "package", version: VERSION, target: one }));
      const write = ARCHIVES[one.archive];
      await writeWhole(place, (file) => write(entries, file));
      tell(`${place}: ${formatSize((await Deno.stat(place)).size)}, for ${one.title}`);
    }
  });
  await writeChecksums(folder);
});
