import { deepStrictEqual } from "node:assert/strict";
import { pairRows } from "./beside_old.ts";

const NOW = [
  { seconds: 1, client: 1, server: 3 },
  { seconds: 2, client: 1, server: 8 },
  { seconds: 3, client: 2, server: 2 },
];
const BEFORE = [
  { seconds: 1, client: 1, server: 2 },
  { seconds: 2, client: 3, server: 2 },
  { seconds: 1, client: 2, server: 2 },
];

Deno.test("pairRows() compares the server's time of each pair, and takes the middle one", () => {
  const rows = pairRows({ what: "files", sides: "server", most: 1.1 }, {
    now: NOW,
    before: BEFORE,
  });
  const of = { what: "files", unit: "s" };
  deepStrictEqual(rows, [
    { ...of, who: "this version", median: 2, processor: { client: 1, server: 3 } },
    { ...of, who: "the older one", median: 1, processor: { client: 2, server: 2 } },
    {
      ...of,
      ...{ who: "the older one: processor time of the server", median: 2, ratio: 1.5, most: 1.1 },
    },
  ]);
});

Deno.test("pairRows() compares both sides together where both are programs", () => {
  const both = pairRows({ what: "files", sides: "both", most: 1 }, { now: NOW, before: BEFORE });
  const [, , { who, median, ratio } = {}] = both;
  deepStrictEqual({ who, median, ratio }, {
    ...{ who: "the older one: processor time", median: 4, ratio: 4 / 3 },
  });
});
