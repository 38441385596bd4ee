/** `install.sh` as a page serves it, and its run by a real shell. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { TARGETS } from "../../shared/release/targets.ts";
import { releaseName } from "../../shared/release/release_files.ts";
import type { Ended } from "../end_to_end/fixtures/program.ts";
import { isInstalled, runTool } from "../end_to_end/fixtures/tool.ts";

const target = TARGETS.find(({ os, arch }) => os === Deno.build.os && arch === Deno.build.arch);
/** Whether the script can be run here. */
export const CAN_INSTALL: boolean = target !== undefined && Deno.build.os !== "windows" &&
  await isInstalled("sh") &&
  (await runTool("sh", ["-c", "command -v curl || command -v wget"])).code === 0;
/** What is behind the name of a test that is ignored; empty where it is not. */
export const IGNORED: string = CAN_INSTALL ? "" : " (ignored: no sh, or neither curl nor wget)";

/** The name of this machine's file of a release. */
export function nameOf(kind: "binary" | "package", version = "1.2.3"): string {
  assert(target !== undefined);
  return releaseName({ kind, version, target });
}

/** The script that a page serves. */
export async function scriptOf(page: string): Promise<string> {
  const response = await fetch(`${page}install.sh`);
  assert.equal(response.status, 200);
  return await response.text();
}

/** Runs a script for a user with this home. */
export async function install(
  script: string,
  home: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const path = join(home, "install.sh");
  await Deno.writeTextFile(path, script);
  return await runTool("sh", [path], { cwd: home, env: { HOME: home, ...env } });
}

/** All that lies below a folder, as paths, sorted. */
export async function listing(folder: string): Promise<readonly string[]> {
  const { stdout } = await runTool("sh", ["-c", "find . -type f | sort"], { cwd: folder });
  return stdout.trimEnd().split("\n").filter((path) => path !== "");
}
