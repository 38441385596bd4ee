import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { CbcEncryption, paddingSize } from "../../../shared/protocol3/crypto/cbc.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { FileKey } from "./file_key.ts";

Deno.test("FileKey decrypts what WebCrypto encrypted, in parts of any whole blocks", async () => {
  const inputs = fc.tuple(fc.constantFrom(16, 24, 32), fc.nat(300), fc.nat(20));
  await fc.assert(fc.asyncProperty(inputs, async ([keySize, size, at]) => {
    const key = new FileKey(lcg(keySize, keySize));
    const plain = lcg(size, size);
    const message = await new CbcEncryption((await key.web).key).last(plain.slice());
    const cut = Math.min(16 * at, message.byteLength - 16);
    const before = cut === 0 ? new Uint8Array(16) : message.subarray(cut - 16, cut);
    // Keys keep nothing from one call to the next: the parts are decrypted in the other order.
    const last = key.decrypt(message.subarray(cut), before);
    const first = key.decrypt(message.subarray(0, cut), new Uint8Array(16));
    const all = new Uint8Array([...first, ...last]);
    deepStrictEqual(all.subarray(0, all.byteLength - paddingSize(last)), plain);
  }));
});
