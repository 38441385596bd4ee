/** Servers in the field that need small packets or pauses, and programs that are not told so. */

import { ok, strictEqual } from "node:assert/strict";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";
import { testPacedServers } from "./test_paced_servers.ts";

// Packets of 1024 bytes, which take longest to find, are in tests/long/.
testPacedServers([
  { revision: "2024a", mostContent: 8192, record: "--packet-size 7902\n--packet-delay 5ms\n" },
]);

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
