import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { interruptedStart } from "./interrupted_start.ts";

Deno.test("A server that was killed amid 120 commits takes new versions of these as soon as it is started", async () => {
  await using data = await temporaryFolder();
  await interruptedStart(data.path, { clients: 10, rows: 2_000, intents: 120, within: 1_000 });
});
