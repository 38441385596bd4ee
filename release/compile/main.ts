/** `deno task compile`: makes the client into one executable for each kind of machine. */
import { dirname, join, resolve } from "node:path";
import { formatSize } from "../../shared/settings/quantity.ts";
import { releaseName } from "../../shared/release/release_files.ts";
import { findTarget, type Target, TARGETS } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";
import { writeChecksums } from "../checksums.ts";
import { readReleaseCommandLine } from "../command_line.ts";
import { makeOutputFolder } from "../output_folder.ts";
import { ReleaseError, runRelease } from "../release_error.ts";
import { bundleClient } from "../source/bundle.ts";
import { sourceCommit } from "../source/commit.ts";
import { withWorkFolder } from "../work_folder.ts";
import { checkBase } from "./base.ts";
import { compileClient } from "./compile_client.ts";
import { knownTriples } from "./known_triples.ts";

const { target, output, home } = readReleaseCommandLine(Deno.args, {
  call: "deno task compile",
  brief: "Makes the client into one executable, with the permissions of its task. " +
    "DENORT_BIN=PATH names the base to use in place of the one that Deno fetches.",
  usualTarget: "This machine, when it is not given",
  output: "The file, ./sealpost when it is not given; or a folder, which files with the " +
    "version and the target in their names are put into, and SHA256SUMS. With --target all it is " +
    "a folder, ./dist when it is not given",
});

await runRelease(async (tell) => {
  const base = Deno.env.get("DENORT_BIN");
  // Deno would treat an empty value as a path. It compiles in another folder.
  if (base) Deno.env.set("DENORT_BIN", resolve(base));
  else Deno.env.delete("DENORT_BIN");
  if (base && target === "all") {
    throw new ReleaseError("DENORT_BIN is the base for one target; name that with --target");
  }
  const targets = await chosen(tell);
  if (base) { for (const one of targets) await checkBase(base, one); }
  const folder = target === "all" ? resolve(output ?? join(home, "dist")) : await existingFolder();
  const file = resolve(
    output ?? join(home, `sealpost${targets[0]?.executableSuffix}`),
  );
  const parent = folder ?? dirname(file);
  await makeOutputFolder(parent);
  await withWorkFolder(parent, async (work) => {
    const { path: bundle } = await bundleClient(work, await sourceCommit());
    for (const [at, one] of targets.entries()) {
      tell(`Compiling for ${one.title} (${at + 1} of ${targets.length})`);
      const binary = await compileClient(work, { bundle, target: one, base });
      const place = folder === undefined
        ? file
        : join(folder, releaseName({ kind: "binary", version: VERSION, target: one }));
      await Deno.rename(binary, place);
      tell(`${place}: ${formatSize((await Deno.stat(place)).size)}, for ${one.title}`);
    }
  });
  if (folder !== undefined) await writeChecksums(folder);
});

/** Returns the requested targets that the running Deno can compile for. */
async function chosen(tell: (line: string) => void): Promise<readonly Target[]> {
  const known = await knownTriples();
  const wanted = target === "all" ? TARGETS : [target ?? findTarget(Deno.build.target)];
  const possible: Target[] = [];
  for (const one of wanted) {
    if (one === undefined) {
      throw new ReleaseError(`There are no releases for this machine, ${Deno.build.target}`);
    }
    if (known.includes(one.triple)) possible.push(one);
    else if (target === "all") tell(`Left out: ${one.title}, unknown to Deno ${Deno.version.deno}`);
    else throw new ReleaseError(`Deno ${Deno.version.deno} does not compile for ${one.triple}`);
  }
  return possible;
}

/** Returns the folder in `--output`, if it is one: it ends with a separator, or exists. */
async function existingFolder(): Promise<string | undefined> {
  if (output === undefined) return undefined;
  if (/[/\\]$/.test(output)) return resolve(output);
  const info = await Deno.stat(output).catch(() => undefined);
  return info?.isDirectory ? resolve(output) : undefined;
}
