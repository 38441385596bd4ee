import { quotedPath } from "../../shared/text/quoted.ts";
import type { Target } from "../../shared/release/targets.ts";
import { ReleaseError } from "../release_error.ts";
import { headOf, machineOf } from "./machine_of.ts";

/**
 * Throws a `ReleaseError` if the file in `DENORT_BIN` cannot be the base of a binary for a target.
 */
export async function checkBase(path: string, target: Target): Promise<void> {
  const given = `DENORT_BIN, ${quotedPath(path)},`;
  const info = await Deno.stat(path).catch(() => undefined);
  if (info === undefined) throw new ReleaseError(`${given} is missing, or may not be read`);
  if (!info.isFile) throw new ReleaseError(`${given} is not a file`);
  const machine = machineOf(await headOf(path));
  if (machine?.os === target.os && machine.arch === target.arch) return;
  const is = machine === undefined
    ? "no executable of a kind that can be a base"
    : `an executable for ${machine.os} on ${machine.arch}`;
  throw new ReleaseError(`${given} is ${is}; give the denort for ${target.title}`);
}

/** Returns the error for a missing base, with the two solutions, in two lines. */
export function noBase(target: Target, fault: string): ReleaseError {
  return new ReleaseError(
    `The base of the binary (denort ${Deno.version.deno} for ${target.title}) could not be ` +
      `fetched: ${fault}\n` +
      `Name one that you have with DENORT_BIN=PATH, or make a package, which needs none: ` +
      `deno task package --target ${target.triple}`,
  );
}

/** Whether Deno failed because the base is missing, and not because of the source. */
export function isNoBase(stderr: string): boolean {
  return /^ +\d+: Setting up base binary/m.test(stderr);
}
