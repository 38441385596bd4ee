/**
 * `deno task faults`: whole sessions with a fault at every offset. Ends with 1 when one went wrong.
 */

import { runOptions, tell } from "../chance/run_options.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { cuts, cutsWithoutRetries, flips, playAll, SESSIONS } from "./fault_trials.ts";

const { stride, seed } = runOptions("faults", {
  stride: { about: "bytes from one fault to the next", fallback: 1 },
});
tell(`A fault at every offset that is ${stride} from the one before, with the seed ${seed}`);
const random = new SeededRandom(seed);
const kinds = { "cut": cuts, "cut, without retries": cutsWithoutRetries, "a bit turned": flips };
for (const [name, session] of Object.entries(SESSIONS)) {
  for (const [kind, trialsOf] of Object.entries(kinds)) {
    const trials = trialsOf(session, { stride: Math.max(1, stride), oneIn: 1, random });
    const counts = await playAll(trials);
    const ends = [...counts].sort().map(([end, count]) => `${count} ${end}`);
    tell(`${name}; ${kind}; ${trials.length} sessions: ${ends.join("; ")}`);
  }
}
