import { strictEqual } from "node:assert/strict";
import { table } from "./table.ts";

Deno.test("table() shows medians and ratios, and whether limits were met", () => {
  const on = { date: "2026-11-26", system: "linux x86_64", cores: 2, deno: "2.9.6" };
  const shown = table([
    { what: "one file", who: "sealpost", median: 2.5, unit: "s" },
    { what: "one file", who: "scp", median: 5, unit: "s", ratio: 0.5, most: 0.8 },
    { what: "packets", who: "server", median: 140, unit: "MB/s", least: 150 },
  ], on);
  strictEqual(
    shown,
    `| what     | who      | median   | ratio | limit        |        |
| -------- | -------- | -------- | ----- | ------------ | ------ |
| one file | sealpost | 2.50 s   |       |              |        |
| one file | scp      | 5.00 s   | 0.50  | at most 0.8  | met    |
| packets  | server   | 140 MB/s |       | at least 150 | MISSED |

2026-11-26, linux x86_64, 2 cores, Deno 2.9.6
`,
  );
});
