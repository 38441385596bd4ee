/**
 * `deno task interruptions`: ends clients and servers at as many random moments as one likes. Ends
 * with 1 when anything differs, or too much was sent again.
 */

import { runOptions, tell } from "../chance/run_options.ts";
import { type Interruptions, interruptions } from "./interruptions.ts";

const MIB = 1024 ** 2;

const { kills, seed, what, end } = runOptions("interruptions", {
  kills: { about: "how often each of both is ended, for each kind of transfer", fallback: 200 },
}, {
  what: { about: "what is interrupted", words: ["all", "upload", "folder", "download"] },
  end: { about: "what is ended", words: ["both", "client", "server"] },
});
const KINDS: readonly Pick<Interruptions, "what" | "size" | "files" | "each">[] = [
  { what: "upload", size: 256 * MIB },
  { what: "folder", size: 2_000 * 3_000, files: 2_000 },
  { what: "download", size: 256 * MIB },
];
tell(`${kills} moments each, with the seed ${seed}`);
for (const kind of KINDS) {
  if (what !== "all" && what !== kind.what) continue;
  for (const ended of ["client", "server"] as const) {
    if (end !== "both" && end !== ended) continue;
    const report = await interruptions({ ...kind, ended, kills, seed });
    tell(
      `${kind.what}, the ${ended} ended ${report.kills} times in ${report.transfers} transfers: ` +
        `all is the same, ${report.again} bytes again for each`,
    );
  }
}
