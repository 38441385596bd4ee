/**
 * `deno task fairness [KIND,...|all] [PLACE,...] [CONNECTIONS] [UPLOADS]`: how long an honest upload of 1 MB
 * takes beside attackers of each kind. The server has a core of its own; attackers and the honest
 * client share the other one.
 */

import { KINDS } from "./kinds.ts";
import { measure, PLACES } from "./measure.ts";

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
write(`seconds for 1 MB beside ${connections} connections: median, slowest`);
for (const kind of kinds) {
  for (const place of kind === "alone" ? ["other" as const] : places) {
    const times = await measure({
      ...{ kind, place, connections: Number(connections), uploads: Number(uploads) },
      stopping: stopping.signal,
    });
    const [median, slowest] = [times[Math.floor(times.length / 2)] ?? 0, times.at(-1) ?? 0];
    write(
      `${kind.padEnd(15)} ${place.padEnd(7)} ${median.toFixed(3)}   ${slowest.toFixed(3)}`,
    );
  }
}
