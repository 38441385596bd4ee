/**
 * `deno task fairness`: how long an honest upload of 1 MB takes beside attackers of each kind; see
 * `command_line.ts`. The server has a core of its own; the attackers have the other one.
 */

import { Output } from "../../shared/settings/output.ts";
import { messageOf } from "../../shared/text/quoted.ts";
import { type Asked, readCommandLine } from "./command_line.ts";
import { crowd } from "./crowd.ts";
import { type Attack, measure, refusal } from "./measure.ts";

const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => stopping.abort(new Error(`Ended by ${signal}`)));
}
const { signal } = stopping;
const stdout = new Output(Deno.stdout, "standard output");
const stderr = new Output(Deno.stderr, "standard error");
const write = (line: string) => stdout.write(`${line}\n`);
const tell = (what: string, taken: readonly number[]) => {
  const [median, slowest] = [taken[Math.floor(taken.length / 2)] ?? 0, taken.at(-1) ?? 0];
  write(`${what.padEnd(24)} ${median.toFixed(3)}   ${slowest.toFixed(3)}`);
};

/** Measures all rows. */
async function rows({ kinds, places, connections, uploads, servers }: Asked): Promise<void> {
  write(`seconds for 1 MB beside ${connections} connections: median, slowest`);
  for (const kind of kinds) {
    for (const place of kind === "alone" ? ["other" as const] : places) {
      for (const server of servers) {
        const attack: Attack = { kind, place, connections, server, stopping: signal };
        const flags = servers.length > 1 ? `   ${server.join(" ")}` : "";
        const taken = await measure(attack, { times: uploads });
        tell(`${kind.padEnd(15)} ${place}${flags}`, taken);
      }
    }
  }
}

/** What the figures of reliability.md have besides: more attackers, refusals, and a crowd. */
async function others({ connections, uploads: times, servers: [server] }: Asked): Promise<void> {
  write("seconds for 1 MB beside 800 connections of eight addresses: median, slowest");
  const many = { place: "eight", connections: 800, server, stopping: signal } as const;
  for (const kind of ["packets", "mixed"]) tell(kind, await measure({ ...many, kind }, { times }));
  write(`seconds to a refusal beside ${connections} connections: median, slowest`);
  for (const place of ["other", "same"] as const) {
    const attack: Attack = { ...many, kind: "mixed", place, connections };
    // Beyond twenty in a minute, the answers to an address are late on purpose (decision 0056).
    const few = Math.min(times, 15);
    tell(`mixed           ${place}`, await measure(attack, { times: few, act: refusal }));
  }
  const { files, seconds } = await crowd({ clients: 500, seconds: 8, server, stopping: signal });
  const middle = files[Math.floor(files.length / 2)] ?? 0;
  const p99 = seconds[Math.floor(seconds.length * 0.99)] ?? 0;
  write("500 clients with files of 1 KB: files of the slowest and the median one, p99 in seconds");
  write(`${files[0]}   ${middle}   ${p99.toFixed(3)}`);
}

/** Does what the command line says. Returns the exit code. */
async function run(): Promise<number> {
  let asked: Asked | string;
  try {
    asked = readCommandLine(Deno.args);
  } catch (error) {
    stderr.write(`error: ${messageOf(error)}\nTry --help\n`);
    return 2;
  }
  if (typeof asked === "string") {
    write(asked);
    return 0;
  }
  try {
    await rows(asked);
    if (asked.others) await others(asked);
    return 0;
  } catch (error) {
    stderr.write(`error: ${messageOf(error)}\n`);
    return 1;
  }
}

Deno.exit(await run());
