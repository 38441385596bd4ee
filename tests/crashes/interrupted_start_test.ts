import { temporaryFolder } from "../peers/temporary_folder.ts";
import { interruptedStart } from "./interrupted_start.ts";

Deno.test("A server killed amid 120 commits takes new versions at once", async () => {
  await using data = await temporaryFolder();
  await interruptedStart(data.path, { clients: 10, rows: 2_000, intents: 120 });
});
