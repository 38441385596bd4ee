/** What `deno task fairness` is asked to measure. */

import { parseArgs } from "node:util";
import { KINDS } from "./kinds.ts";
import { type Place, PLACES } from "./measure.ts";

/** What is measured, each in each of the others. */
export interface Asked {
  /** Kinds of attackers, `mixed` for all of them at once, or `alone` for none. */
  readonly kinds: readonly string[];
  readonly places: readonly Place[];
  /** The number of attackers. */
  readonly connections: number;
  /** Honest uploads. */
  readonly uploads: number;
  /** Flags of the server, one list for each server that is measured. */
  readonly servers: readonly (readonly string[])[];
  /** Whether to measure what reliability.md has besides. */
  readonly others: boolean;
}

const ALL = ["alone", ...Object.keys(KINDS), "mixed"];

const USAGE =
  `Usage: deno task fairness [KIND,...|all] [PLACE,...] [CONNECTIONS] [UPLOADS] [OPTION...]

How long an honest upload of 1 MB takes beside attackers of each kind.

Kinds:  ${wrapped(ALL)}
Places: ${Object.keys(PLACES).join(", ")} (default: all)
Numbers: 128 connections and 30 uploads by default

  --server="FLAG..."  flags for the server in addition; given several times, each row is measured
                      with each of them, the first time with the first: "" for none
  --help              show this text`;

/** Reads a command line. Returns the help if that is asked for; throws a `TypeError` if it errs. */
export function readCommandLine(args: readonly string[]): Asked | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: "boolean" },
      server: { type: "string", multiple: true, default: [""] },
    },
  });
  if (values.help) return USAGE;
  const [kinds = "all", places = Object.keys(PLACES).join(), connections = "128", uploads = "30"] =
    positionals;
  if (positionals.length > 4) throw new TypeError(`What is ${positionals.at(4)} for?`);
  return {
    kinds: kinds === "all" ? ALL : kinds.split(",").map((kind) => oneOf(ALL, "kind", kind)),
    places: places.split(",").map((place) => oneOf(Object.keys(PLACES) as Place[], "place", place)),
    connections: wholeNumber("connections", connections),
    uploads: wholeNumber("uploads", uploads),
    servers: values.server.map((flags) => flags.split(" ").filter((flag) => flag !== "")),
    others: kinds === "all",
  };
}

function oneOf<Name extends string>(names: readonly Name[], what: string, given: string): Name {
  const name = names.find((name) => name === given);
  if (name !== undefined) return name;
  throw new TypeError(
    `There is no ${what} ${JSON.stringify(given)}; there are ${names.join(", ")}`,
  );
}

function wholeNumber(of: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new TypeError(`The number of ${of} is ${JSON.stringify(text)}; it has to be 1 to 999999`);
}

/** Names in lines that fit beside "Kinds:". */
function wrapped(names: readonly string[]): string {
  const lines = [""];
  for (const name of names) {
    const line = lines.at(-1) ?? "";
    if (line === "") lines[lines.length - 1] = name;
    else if (line.length + name.length < 80) lines[lines.length - 1] = `${line}, ${name}`;
    else lines.push(name);
  }
  return lines.join(",\n        ");
}
