import { runDeno } from "../run_deno.ts";

/**
 * The triples that the running Deno compiles for, in its own order. It lists them when it is given
 * one that it does not know; no other command tells.
 */
export async function knownTriples(): Promise<string[]> {
  const { stderr } = await runDeno(["compile", "--target", "none", "none.js"]);
  const [, list = ""] = /possible values: ([^\]\n]*)/.exec(stderr) ?? [];
  return list.split(",").map((triple) => triple.trim()).filter((triple) => triple !== "");
}
