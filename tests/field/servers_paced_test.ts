/** Servers in the field that need small packets or pauses, and programs that are not told so. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";

for (
  const [mostContent, record] of [
    [8192, "--packet-size 7902\n--packet-delay 5ms\n"],
    [1024, "--packet-size 1024\n--packet-delay 2ms\n"],
  ] as const
) {
  for (const revision of mostContent === 1024 ? ["2024c"] as const : ["2024a", "2024c"] as const) {
    Deno.test(`The program finds that ${revision} takes packets of ${mostContent}`, async () => {
      const server = new FieldServer({ revision, habits: { mostContent } });
      await using known = await Acquaintance.with(server);
      const { stderr } = await known.sendSizes("first");
      ok(/^Sending "first-65537.bin" in packets of 7902 bytes, 5 ms apart$/m.test(stderr), stderr);
      strictEqual(
        await Deno.readTextFile(await known.record()),
        `--revision ${revision}\n${record}`,
      );
      const refused = server.refusals.length;
      const second = await known.sendSizes("second");
      deepStrictEqual([second.stderr, server.refusals.length], ["", refused]);
      deepStrictEqual(second.heard.map(([word]) => word), ["reconnect"]);
    });
  }
}

Deno.test("The program keeps a pace that is given, and names others in its error", async () => {
  const server = new FieldServer({ revision: "2024c", habits: { mostContent: 1024 } });
  await using known = await Acquaintance.with(server);
  const { code, stderr } = await known.send("a.bin", ["--packet-size=2000"]);
  strictEqual(code, 1);
  ok(!stderr.includes("Sending"), stderr);
  ok(
    /try --packet-size and --packet-delay that others needed \(2048 and 200ms, /.test(stderr),
    stderr,
  );
});
