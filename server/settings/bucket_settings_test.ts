import assert from "node:assert/strict";
import { join } from "node:path";

import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { BUCKET, readStoreKeys } from "./bucket_settings.ts";
import { StartupError } from "./startup_error.ts";

const noVariables = () => undefined;

Deno.test("readStoreKeys() takes keys from variables, or from a file with two lines", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "keys");
  const variables: Record<string, string> = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
  const keys = { accessKeyId: "a", secretAccessKey: "b" };
  assert.deepEqual(await readStoreKeys(undefined, (name) => variables[name]), keys);
  await Deno.writeTextFile(path, "a\r\nb\n");
  assert.deepEqual(await readStoreKeys(path, noVariables), keys);
});

Deno.test("readStoreKeys() says what is missing, and nothing of the keys", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "keys");
  const says = async (file: string | undefined, message: RegExp) => {
    await assert.rejects(readStoreKeys(file, noVariables), (error) => {
      assert(error instanceof StartupError);
      assert.match(error.message, message);
      return !error.message.includes("very-secret");
    });
  };
  await says(undefined, /AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  await says(path, /Could not read/);
  for (const text of ["", "very-secret", "a\nvery-secret\nc\n"]) {
    await Deno.writeTextFile(path, text);
    await says(path, /a line each/);
  }
});

Deno.test("--store is shown as it is given, and says what is wrong with a place", () => {
  const { kind } = BUCKET.storePlace;
  const text = "s3://files/a?endpoint=http://127.0.0.1:9000&region=eu-1";
  assert.equal(kind.format(kind.read(text)), text);
  assert.throws(() => kind.read("s3://AK:SK@files"), /give keys by AWS_ACCESS_KEY_ID/);
});
