import assert from "node:assert/strict";
import { TARGETS } from "../../shared/release/targets.ts";
import { knownTriples } from "./known_triples.ts";

Deno.test("The running Deno compiles for its own machine and listed targets only", async () => {
  const triples = await knownTriples();
  assert(triples.includes(Deno.build.target), triples.join());
  const listed = new Set(TARGETS.map(({ triple }) => triple));
  assert.deepEqual(triples.filter((triple) => !listed.has(triple)), []);
});
