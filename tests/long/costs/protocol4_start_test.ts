/** What the start of a client takes over protocol 4, beside one over protocol 3. */
import { ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { clientWords, NO_BASH, runCosts } from "../../costs/run_costs.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { loggedIn } from "../../end_to_end/fixtures/logged_in.ts";

/** Pairs of runs at the least and at the most; it ends as soon as they hold. */
const LEAST_PAIRS = 7;
const MOST_PAIRS = 40;

/**
 * Processor time that a known file may take more over protocol 4, in times of what it takes over
 * protocol 3. At rest it is 0.27 (0.042 of 0.16 s), and was 0.20 on two processors with twenty
 * programs; 30 ms more, which were 0.46 and 0.33, are seen at rest, and now and then on a machine
 * as busy. The aim is 0.050 s: to hold it to the millisecond takes a machine at rest, where
 * `deno task bench protocol4` measures it, and the time on the wall (docs/performance.md).
 */
const MOST_MORE = 0.36;

/** Seconds of processor time over each protocol, in two runs one right after the other. */
interface Pair {
  readonly three: number;
  readonly four: number;
}

Deno.test({
  name: `A small file over protocol 4 takes little more than one over protocol 3${NO_BASH}`,
  ignore: NO_BASH !== "",
  async fn() {
    await using logged = await loggedIn();
    const { path } = await makeFile(logged.folder, { name: "small.bin", size: 1024 });
    const other = join(logged.folder, "protocol 3");
    await Deno.mkdir(other);
    const over3 = ["--dir", other, "--server", logged.server.address, "--quiet", path];
    strictEqual((await runClient([...over3, "--name", "Quick"])).code, 0);
    const over4 = ["send", path, "--dir", logged.config, "--quiet"];
    const words = { three: clientWords(over3), four: clientWords(over4) };
    // What is loaded for the first time is compiled then.
    for (const args of [words.three, words.four]) await runCosts(args);
    const pairs: Pair[] = [];
    while (pairs.length < LEAST_PAIRS || pairs.length < MOST_PAIRS && more(pairs) > MOST_MORE) {
      // A file that the server has would not be sent.
      await Deno.writeFile(path, crypto.getRandomValues(new Uint8Array(1024)));
      const { processor: three } = await runCosts(words.three);
      pairs.push({ three, four: (await runCosts(words.four)).processor });
    }
    ok(more(pairs) <= MOST_MORE, JSON.stringify(pairs));
  },
});

/** What protocol 4 takes more in the middle of the pairs, in times of the middle of protocol 3. */
function more(pairs: readonly Pair[]): number {
  return middle(pairs.map(({ three, four }) => four - three)) /
    middle(pairs.map(({ three }) => three));
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}
