import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digits, hex } from "../kernel/golden_vectors.ts";
import type { Case } from "./fuzz.ts";
import { type TargetName, TARGETS } from "./targets/targets.ts";

/** Where inputs are stored with which a target failed once. */
export const CASES: string = fileURLToPath(new URL("cases/", import.meta.url));

/** A case as it is kept. */
export interface KeptCase extends Case {
  /** Its file's name. */
  readonly name: string;
  /** What went wrong. */
  readonly about: string;
}

/** All cases that were kept, by name. */
export async function keptCases(): Promise<readonly KeptCase[]> {
  const entries = await Array.fromAsync(Deno.readDir(CASES));
  const names = entries.map(({ name }) => name).filter((name) => name.endsWith(".json")).sort();
  return await Promise.all(names.map(async (name) => {
    const { target, how, about, input } = JSON.parse(await Deno.readTextFile(join(CASES, name)));
    if (!(target in TARGETS)) throw new Error(`${name} has an unknown target`);
    return { name, target: target as TargetName, how, about, input: hex(input) };
  }));
}

/** Keeps a case, so that the suite tries it from now on; the path of its file. */
export async function keepCase({ input, ...rest }: Case, about: string): Promise<string> {
  const path = join(CASES, `${rest.target}-${rest.how}.json`);
  const text = JSON.stringify({ ...rest, about, input: digits(input) }, undefined, 2);
  await Deno.writeTextFile(path, `${text}\n`);
  return path;
}
