import { deepEqual, equal, notDeepEqual, rejects } from "node:assert/strict";
import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { rotatedKey } from "../../../shared/protocol4/keys/rotation.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { serverKey } from "../identity/server_key.ts";
import { SHARED_KEY } from "../identity/shared_key.ts";
import { sharedSecrets } from "../../../tests/protocol4/fixtures/shared_secrets.ts";
import { rotateSharedKey } from "./rotate_shared_key.ts";

Deno.test("a shared key counts from its moment on, also in folders with earlier ones", async () => {
  await using folder = await temporaryFolder();
  await using other = await temporaryFolder();
  await using late = await temporaryFolder();
  const shared = sharedSecrets();
  await rejects(rotateSharedKey(shared, 1_000), StartupError);
  const first = await serverKey(folder.path, shared);
  await serverKey(late.path, shared);
  const { spki, rotation, from } = await rotateSharedKey(shared, 1_000);
  equal(from.getTime(), 1_000);
  deepEqual(rotation && await rotatedKey(rotation, first.spki), spki);
  await rejects(rotateSharedKey(shared, 0), /already/);
  // A start during the announcement.
  deepEqual((await serverKey(other.path, shared)).spki, first.spki);
  shared.now = 1_000;
  for (const { path } of [folder, other]) {
    deepEqual((await serverKey(path, shared)).spki, spki);
    deepEqual((await serverKey(path)).rotation, rotation);
  }
  const second = await rotateSharedKey(shared, 0);
  deepEqual((await serverKey(late.path, shared)).spki, second.spki);
  equal(second.rotation?.old, keyText(spki));
});

Deno.test("of two changes of a shared key at the same time one is refused", async () => {
  await using folder = await temporaryFolder();
  const shared = sharedSecrets();
  const { spki } = await serverKey(folder.path, shared);
  const results = await Promise.allSettled([
    rotateSharedKey(shared, 0),
    rotateSharedKey(shared, 0),
  ]);
  deepEqual(results.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const key = await serverKey(folder.path, shared);
  notDeepEqual(key.spki, spki);
  equal((await shared.kept(SHARED_KEY))?.includes("PRIVATE KEY"), true);
});
