/** Servers in the field that the program knows: a second run takes what worked in the first. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";
import { ownPort } from "../peers/own_port.ts";
import { opening, testForeignCodes, testKnownServers } from "./test_known_servers.ts";

const REVISIONS = ["2022c", "2023a", "2023c", "2024a", "2024c"] as const;

for (const revision of REVISIONS) {
  Deno.test(`The program begins at once at a known server of ${revision}`, async () => {
    await using known = await Acquaintance.with(new FieldServer({ revision }));
    const flags = revision === "2022c" ? ["--revision=2022c"] : [];
    strictEqual((await known.send("first.bin", flags)).code, 0);
    strictEqual(await Deno.readTextFile(await known.record()), `--revision ${revision}\n`);
    const { isStored, stderr, heard } = await known.send("second.bin");
    ok(isStored, stderr);
    deepStrictEqual(heard, [[opening(revision), "file", "crcValid"]]);
  });
}

// All rows in tests/long/.
testKnownServers({ oneIn: 6 });

Deno.test("What is given on the command line counts more than what worked before", async () => {
  await using known = await Acquaintance.with(new FieldServer({ revision: "2024c" }));
  const flags = ["--packet-size=1000", "--packet-delay=1ms", "--compat=swap-packet-fields"];
  const swapped = await known.send("first.bin", [...flags, "--retries=0"]);
  strictEqual(swapped.code, 1);
  strictEqual((await known.send("first.bin", flags.slice(0, 2))).code, 0);
  const record = await known.record();
  strictEqual(
    await Deno.readTextFile(record),
    "--revision 2024c\n--packet-size 1000\n--packet-delay 1ms\n",
  );
  const fourPackets = await known.send("second.bin");
  deepStrictEqual(fourPackets.heard, [["reconnect", ...Array(4).fill("file"), "crcValid"]]);
  const two = await known.send("third.bin", ["--packet-size=2000", "--packet-delay=0"]);
  deepStrictEqual(two.heard, [["reconnect", "file", "file", "crcValid"]]);
  strictEqual(await Deno.readTextFile(record), "--revision 2024c\n--packet-size 2000\n");
  // Another revision is another program: nothing else of the record is used.
  const searched = await known.send("fourth.bin", ["--revision=auto"]);
  deepStrictEqual(searched.heard.at(-1), ["reconnect", "file", "crcValid"]);
  strictEqual(await Deno.readTextFile(record), "--revision 2024c\n");
});

Deno.test("--forget drops what worked before", async () => {
  await using known = await Acquaintance.with(new FieldServer({ revision: "2023a" }));
  strictEqual((await known.send("first.bin", ["--packet-delay=1ms"])).code, 0);
  const { isStored, heard } = await known.send("second.bin", ["--forget"]);
  ok(isStored);
  ok(heard.length > 1, "no search");
  strictEqual(await Deno.readTextFile(await known.record()), "--revision 2023a\n");
});

Deno.test("A record that cannot be used is ignored with a warning, and written again", async () => {
  for (
    const content of [
      "--revision auto\n",
      "--revision 2024c\n--compat everything\n",
      "--retries 5\n--revision 2024c\n",
      "",
      "\0".repeat(70_000),
    ]
  ) {
    await using known = await Acquaintance.with(new FieldServer({ revision: "2024c" }));
    strictEqual((await known.send("first.bin")).code, 0);
    const record = await known.record();
    await Deno.writeTextFile(record, content);
    const { isStored, stderr } = await known.send("second.bin");
    ok(isStored, stderr);
    ok(/proven\.info" cannot be used \(.*\); going on without /.test(stderr), stderr);
    strictEqual(await Deno.readTextFile(record), "--revision 2024c\n");
  }
});

Deno.test("An outage keeps proven settings, a changed server does not", async () => {
  const first = new FieldServer({ revision: "2023a", port: await ownPort() });
  await using known = await Acquaintance.with(first);
  strictEqual((await known.send("first.bin")).code, 0);
  const record = await known.record();
  await first[Symbol.asyncDispose]();
  const down = await known.send("second.bin", ["--retries=0"]);
  strictEqual(down.code, 3, down.stderr);
  strictEqual(await Deno.readTextFile(record), "--revision 2023a\n");
  await using next = new FieldServer({ revision: "2024c", port: first.address.port });
  const { isStored, stderr, heard } = await known.send("third.bin", [], { server: next });
  ok(isStored, stderr);
  deepStrictEqual(heard[0], []);
  ok(/^The server does not answer in revision 2023a as before; trying the others /m.test(stderr));
  strictEqual(await Deno.readTextFile(record), "--revision 2024c\n");
});

// The other revisions in tests/long/.
testForeignCodes([["silent", "2023a", 3], ["2101", "2022c", 3], ["dies", "2024c", 1]]);

Deno.test("The program says what ended a server, and need not be told twice", async () => {
  const habits = { foreignCode: "dies" } as const;
  const first = new FieldServer({ revision: "2024a", habits });
  await using known = await Acquaintance.with(first);
  const died = await known.send("died.bin");
  strictEqual(died.code, 3);
  ok(
    /: The server went away when it was asked in revision 2024c; start it again, and /.test(
      died.stderr,
    ),
  );
  await using next = new FieldServer({ revision: "2024a", habits, port: first.address.port });
  await known.sendSizes("first", { flags: ["--revision=2024a"], server: next });
  const { heard } = await known.sendSizes("second", { server: next });
  deepStrictEqual(heard.map(([word]) => word), ["reconnect"]);
});
