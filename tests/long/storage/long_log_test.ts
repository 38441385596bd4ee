/** How long the event loop stands while a log of 100 MB is copied that a reader has held. */

import { strictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { assertBelow } from "../../chance/assert_below.ts";

const PROGRAM = fileURLToPath(new URL("./long_log.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

Deno.test("The event loop does not stand while a log of 100 MB is copied", async () => {
  // A busy machine makes pauses of its own, but not each time.
  await assertBelow(50, longestPause, { tries: 8, unit: "ms" });
});

async function longestPause(): Promise<number> {
  // Only with all rights may it read how long it waited for a processor.
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "--config", CONFIG, "--allow-all", PROGRAM],
  }).output();
  const [text = "", errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  strictEqual(code, 0, errors);
  return Number(text || NaN);
}
