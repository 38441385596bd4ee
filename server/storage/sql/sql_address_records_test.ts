import assert from "node:assert/strict";

import { sqliteAddresses } from "../../../tests/engines/sqlite_addresses.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";

const RULES = { failures: 40, banTime: 600_000, namesTime: 3_600_000, forgiveness: 30_000 };

Deno.test("SqlAddressRecords forgets bans of a date that was set back", async () => {
  let date = Date.now();
  await using shared = await sqliteAddresses({ ...SYSTEM_CLOCK, date: () => new Date(date) });
  const records = shared.server();
  const change = { key: "192.0.2.1", failures: 40, names: 0, bannedFor: 0 };
  const bannedFor = async (...changes: (typeof change)[]) =>
    (await records.exchange(changes, RULES))[0]?.bannedFor ?? 0;
  assert.equal(await bannedFor(change), 600_000);
  date -= 86_400_000;
  assert.equal(await bannedFor(), 0);
  assert.equal(await bannedFor({ ...change, failures: 1 }), 0);
  assert.equal(await bannedFor(change), 600_000);
});

Deno.test("SqlAddressRecords counts from nothing after a long time without a failure", async () => {
  let date = Date.now();
  await using shared = await sqliteAddresses({ ...SYSTEM_CLOCK, date: () => new Date(date) });
  const records = shared.server();
  const change = { key: "192.0.2.1", failures: 1, names: 0, bannedFor: 0 };
  await records.exchange([change], RULES);
  date += 3_600_000;
  const [record] = await records.exchange([{ ...change, failures: RULES.failures }], RULES);
  assert.equal(record?.bannedFor, RULES.banTime);
});
