import { deepEqual, equal } from "node:assert/strict";
import { getLogger } from "@logtape/logtape";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { sharedSecrets } from "../../../tests/protocol4/fixtures/shared_secrets.ts";
import { Counters } from "../../observe/counters.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { serverKey } from "../identity/server_key.ts";
import { readSharedKey, SHARED_KEY } from "../identity/shared_key.ts";
import { rotateSharedKey } from "../rotation/rotate_shared_key.ts";
import { FollowedKey } from "./followed_key.ts";

Deno.test("a key is taken off the record a minute after its change, and stays known", async () => {
  await using folder = await temporaryFolder();
  const shared = sharedSecrets();
  const clock = new TestClock();
  const first = await serverKey(folder.path, shared);
  const used: Uint8Array[] = [];
  await using _followed = FollowedKey.follow({
    ...{ shared, clock, key: first },
    use({ spki }) {
      used.push(spki);
      return Promise.resolve();
    },
    log: getLogger([]),
    counters: new Counters(),
  });
  await clock.waitedFor(2_000);
  const look = async (now: number) => {
    shared.now = now;
    clock.advance(2_000);
    await clock.waitedFor(2_000);
    return await readSharedKey(await shared.kept(SHARED_KEY) ?? "");
  };
  const { spki, rotation } = await rotateSharedKey(shared, 0);
  deepEqual((await look(59_999)).before?.pkcs8, first.pkcs8);
  await look(-86_400_000);
  deepEqual(used, [spki]);
  const { before, newest, earlier } = await look(60_000);
  equal(before, undefined);
  deepEqual([newest.spki, newest.rotation, earlier.length], [spki, rotation, 1]);
  deepEqual(used, [spki]);
  // Another change begins as the one before did.
  const second = await rotateSharedKey(shared, 0);
  deepEqual((await serverKey(folder.path, shared)).spki, second.spki);
});
