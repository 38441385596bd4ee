import { sendAndCompare } from "../../end_to_end/fixtures/sent_sizes.ts";

Deno.test("A file of 64 MB arrives intact, with its checksum", async () => {
  await sendAndCompare([64 * 1024 * 1024]);
});
