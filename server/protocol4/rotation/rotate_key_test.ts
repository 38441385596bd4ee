import { deepEqual, equal, notDeepEqual, rejects } from "node:assert/strict";
import { rotatedKey } from "../../../shared/protocol4/keys/rotation.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { rotateKey } from "./rotate_key.ts";
import { sharedSecrets } from "../../../tests/protocol4/fixtures/shared_secrets.ts";
import { serverKey } from "../identity/server_key.ts";

Deno.test("a key that was changed has a change with it that the old one has signed", async () => {
  await using folder = await temporaryFolder();
  const old = await serverKey(folder.path);
  equal(old.rotation, undefined);
  await rotateKey(folder.path, new Date(0));
  const { spki, rotation } = await serverKey(folder.path);
  notDeepEqual(spki, old.spki);
  equal(rotation?.from, "1970-01-01T00:00:00.000Z");
  deepEqual(rotation && await rotatedKey(rotation, old.spki), spki);
  // A second change is from the key that clients know by now.
  await rotateKey(folder.path, new Date(1));
  const newest = await serverKey(folder.path);
  deepEqual(newest.rotation && await rotatedKey(newest.rotation, spki), newest.spki);
  deepEqual(newest.rotation && await rotatedKey(newest.rotation, old.spki), undefined);
});

Deno.test("rotateKey() makes no key for a folder that has none", async () => {
  await using folder = await temporaryFolder();
  await rejects(rotateKey(folder.path, new Date(0)), StartupError);
  deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("of several changes of a key at the same time one is made", async () => {
  await using folder = await temporaryFolder();
  await serverKey(folder.path);
  const changes = [0, 1, 2, 3].map((date) => rotateKey(folder.path, new Date(date)));
  const results = await Promise.allSettled(changes);
  const made = results.filter((result) => result.status === "fulfilled");
  const { spki } = await serverKey(folder.path);
  deepEqual(made.map(({ value }) => value.spki), [spki]);
});

Deno.test("a server that shares its key has shown it to clients, too", async () => {
  await using folder = await temporaryFolder();
  const shared = sharedSecrets();
  await serverKey(folder.path);
  await rotateKey(folder.path, new Date(0));
  const { spki } = await serverKey(folder.path, shared);
  const again = await rotateKey(folder.path, new Date(1));
  deepEqual(again.rotation && await rotatedKey(again.rotation, spki), again.spki);
});

Deno.test("rotateKey() changes no key that no server was started with", async () => {
  await using folder = await temporaryFolder();
  const old = await serverKey(folder.path);
  const first = await rotateKey(folder.path, new Date(0));
  for (let time = 0; time < 2; time++) {
    await rejects(rotateKey(folder.path, new Date(1)), /no server was started with it/);
  }
  const { spki, rotation } = await serverKey(folder.path);
  deepEqual(spki, first.spki);
  deepEqual(rotation && await rotatedKey(rotation, old.spki), spki);
  notDeepEqual((await rotateKey(folder.path, new Date(2))).spki, spki);
});
