import { joined } from "../kernel/golden_vectors.ts";
import { type Case, take } from "./fuzz.ts";

/** Most attempts at making a case smaller. */
const MOST_ATTEMPTS = 2_000;

/** A smaller input with which the target fails too: pieces are left out as long as it does. */
export async function shrunk(failed: Case): Promise<Case> {
  let smallest = failed;
  let attempts = 0;
  for (let size = Math.ceil(failed.input.byteLength / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.input.byteLength && attempts < MOST_ATTEMPTS;) {
      const { input } = smallest;
      const rest = joined([input.subarray(0, at), input.subarray(at + size)]);
      const smaller = { ...smallest, input: rest };
      attempts += 1;
      if (await fails(smaller)) smallest = smaller;
      else at += size;
    }
  }
  return smallest;
}

async function fails(tried: Case): Promise<boolean> {
  try {
    await take(tried);
    return false;
  } catch {
    return true;
  }
}
