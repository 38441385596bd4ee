import { assertLittleMemory } from "../../costs/transfer_costs.ts";

for (const mebibytes of [160, 512]) {
  Deno.test(`The memory of ciphers is the same for a file of ${mebibytes} MiB`, async () => {
    await assertLittleMemory(mebibytes);
  });
}
