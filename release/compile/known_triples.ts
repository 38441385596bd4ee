import { runDeno } from "../run_deno.ts";

/**
 * Returns the triples that the running Deno compiles for, in its own order. Deno lists them only in
 * its error message for an unknown triple.
 */
export async function knownTriples(): Promise<string[]> {
  const { stderr } = await runDeno(["compile", "--target", "none", "none.js"]);
  const [, list = ""] = /possible values: ([^\]\n]*)/.exec(stderr) ?? [];
  return list.split(",").map((triple) => triple.trim()).filter((triple) => triple !== "");
}
