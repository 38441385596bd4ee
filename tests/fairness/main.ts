/**
 * `deno task fairness [KIND,...|all] [PLACE,...] [CONNECTIONS] [UPLOADS]`: how long an honest
 * upload of 1 MB takes beside attackers of each kind. The server has a core of its own; attackers
 * and the honest client share the other one.
 */

import { KINDS } from "./kinds.ts";
import { crowd } from "./crowd.ts";
import { type Attack, measure, PLACES, refusal } from "./measure.ts";

const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => stopping.abort(new Error(`Ended by ${signal}`)));
}
const [kindsGiven = "all", placesGiven = "other,same,eight", connections = "128", uploads = "30"] =
  Deno.args;
const kinds = kindsGiven === "all"
  ? ["alone", ...Object.keys(KINDS), "mixed"]
  : kindsGiven.split(",");
const places = placesGiven.split(",").filter((place) => place in PLACES) as (keyof typeof PLACES)[];
const write = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
const tell = (what: string, taken: readonly number[]) => {
  const [median, slowest] = [taken[Math.floor(taken.length / 2)] ?? 0, taken.at(-1) ?? 0];
  write(`${what.padEnd(24)} ${median.toFixed(3)}   ${slowest.toFixed(3)}`);
};
const { signal } = stopping;
const times = Number(uploads);
write(`seconds for 1 MB beside ${connections} connections: median, slowest`);
for (const kind of kinds) {
  for (const place of kind === "alone" ? ["other" as const] : places) {
    const attack = { kind, place, connections: Number(connections), stopping: signal };
    tell(`${kind.padEnd(15)} ${place}`, await measure(attack, { times }));
  }
}
if (kindsGiven === "all") await others();

/** What the figures of reliability.md have besides: more attackers, refusals, and a crowd. */
async function others(): Promise<void> {
  write("seconds for 1 MB beside 800 connections of eight addresses: median, slowest");
  const many = { place: "eight", connections: 800, stopping: signal } as const;
  for (const kind of ["packets", "mixed"]) tell(kind, await measure({ ...many, kind }, { times }));
  write(`seconds to a refusal beside ${connections} connections: median, slowest`);
  for (const place of ["other", "same"] as const) {
    const attack: Attack = { ...many, kind: "mixed", place, connections: Number(connections) };
    tell(`mixed           ${place}`, await measure(attack, { times, act: refusal }));
  }
  const { files, seconds } = await crowd({ clients: 500, seconds: 8, stopping: signal });
  const middle = files[Math.floor(files.length / 2)] ?? 0;
  const p99 = seconds[Math.floor(seconds.length * 0.99)] ?? 0;
  write("500 clients with files of 1 KB: files of the slowest and the median one, p99 in seconds");
  write(`${files[0]}   ${middle}   ${p99.toFixed(3)}`);
}
