import { strictEqual } from "node:assert/strict";
import { table } from "./table.ts";

Deno.test("table() shows medians and ratios, and whether limits were met", () => {
  const on = { date: "2026-11-26", system: "linux x86_64", cores: 2, deno: "2.9.6" };
  const shown = table([
    { what: "one file", who: "sealpost", median: 2.5, unit: "s" },
    { what: "one file", who: "scp", median: 5, unit: "s", ratio: 0.5, most: 0.8 },
    { what: "packets", who: "server", median: 140, unit: "MB/s", least: 150 },
  ], { on });
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

Deno.test("table() shows processor time where it was measured, and what was skipped", () => {
  const on = { date: "2026-11-26", system: "linux x86_64", cores: 2, deno: "2.9.6" };
  const processor = { client: 1.5, server: 0.04 };
  const shown = table([
    { what: "a file", who: "protocol 4", median: 2.5, unit: "s", processor },
    { what: "a file", who: "more than 3", median: -0.0312, unit: "s", most: 0.06 },
  ], { on, skipped: [{ name: "far", reason: "it needs root" }] });
  strictEqual(
    shown,
    `| what   | who         | median   | processor: client + server | ratio | limit        |     |
| ------ | ----------- | -------- | -------------------------- | ----- | ------------ | --- |
| a file | protocol 4  | 2.50 s   | 1.50 + 0.040 s             |       |              |     |
| a file | more than 3 | -0.031 s |                            |       | at most 0.06 | met |

far was skipped: it needs root
2026-11-26, linux x86_64, 2 cores, Deno 2.9.6
`,
  );
});
