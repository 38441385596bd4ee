import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { importAesKey } from "./protocol3/crypto/cbc.ts";
import { releaseMemory } from "./runtime.ts";

Deno.test("releaseMemory() empties all views of the memory and no other memory", async () => {
  const key = await importAesKey(new Uint8Array(16));
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  const plain = new Uint8Array(32).fill(1);
  const result = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
  const view = result.subarray(16, 32);
  releaseMemory(view);
  deepStrictEqual([result.byteLength, view.byteLength, result.buffer.byteLength], [0, 0, 0]);
  strictEqual(result.buffer.detached, true);
  deepStrictEqual(plain, new Uint8Array(32).fill(1));
});
