import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { StartupError } from "../../settings/startup_error.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { SERVER_KEY_FILE, serverKey } from "./server_key.ts";

Deno.test("serverKey() makes a key that only its owner may read, and reads it again", async () => {
  await using folder = await temporaryFolder();
  const made = await serverKey(folder.path);
  const read = await serverKey(folder.path);
  deepEqual(read.spki, made.spki);
  deepEqual(read.pkcs8, made.pkcs8);
  equal(made.spki.byteLength, 91);
  if (Deno.build.os !== "windows") {
    equal((await Deno.stat(join(folder.path, SERVER_KEY_FILE))).mode, 0o100600);
  }
  deepEqual((await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name), [
    SERVER_KEY_FILE,
  ]);
});

Deno.test("serverKey() takes no half of a key that a crash left for a key", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, `${SERVER_KEY_FILE}.new`), "-----BEGIN PRIV");
  const { spki } = await serverKey(folder.path);
  deepEqual((await serverKey(folder.path)).spki, spki);
});

Deno.test("serverKey() narrows the permissions of a key that others may read", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using folder = await temporaryFolder();
  await serverKey(folder.path);
  const path = join(folder.path, SERVER_KEY_FILE);
  await Deno.chmod(path, 0o644);
  await serverKey(folder.path);
  equal((await Deno.stat(path)).mode, 0o100600);
});

Deno.test("serverKey() refuses a damaged key and leaves it where it is", async () => {
  await using folder = await temporaryFolder();
  await serverKey(folder.path);
  const path = join(folder.path, SERVER_KEY_FILE);
  const whole = await Deno.readTextFile(path);
  const first = whole.indexOf("\n") + 1;
  const damaged = [
    "",
    whole.slice(0, -40),
    whole.slice(0, first + 60) + (whole[first + 60] === "A" ? "B" : "A") +
    whole.slice(first + 61),
    whole.replace("PRIVATE", "PUBLIC"),
    "x".repeat(5_000),
  ];
  for (const text of damaged) {
    await Deno.writeTextFile(path, text);
    await rejects(serverKey(folder.path), (error) => {
      return error instanceof StartupError && error.message.includes("from a backup");
    });
    equal(await Deno.readTextFile(path), text);
  }
  await Deno.remove(path);
  await Deno.mkdir(path);
  await rejects(serverKey(folder.path), StartupError);
});
