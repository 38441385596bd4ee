import fc from "fast-check";
import { deepStrictEqual, notStrictEqual, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  CLIENT_ID_SIZE,
  clientIdHint,
  clientIdOf,
  clientIdText,
  NO_CLIENT_ID,
  sameClientId,
} from "./client_id.ts";

const ID = clientIdOf(Uint8Array.from(Buffer.from("64f3f63985f04beb81a0e43321880182", "hex")));

Deno.test("NO_CLIENT_ID is 16 bytes of zeros", () => {
  deepStrictEqual(NO_CLIENT_ID, new Uint8Array(16));
  strictEqual(CLIENT_ID_SIZE, 16);
});

Deno.test("clientIdOf() takes 16 bytes, and refuses any other number", () => {
  const bytes = new Uint8Array(16);
  strictEqual(clientIdOf(bytes), bytes);
  for (const size of [0, 15, 17]) throws(() => clientIdOf(new Uint8Array(size)), RangeError);
});

Deno.test("clientIdText() writes 32 lower-case digits", () => {
  strictEqual(clientIdText(ID), "64f3f63985f04beb81a0e43321880182");
  strictEqual(clientIdText(NO_CLIENT_ID), "0".repeat(32));
});

Deno.test("clientIdText() writes a view's own bytes, wherever they lie in a memory", () => {
  const id = fc.uint8Array({ minLength: CLIENT_ID_SIZE, maxLength: CLIENT_ID_SIZE });
  fc.assert(fc.property(id, fc.nat(40), (id, before) => {
    const memory = new Uint8Array(before + CLIENT_ID_SIZE + 9).fill(0xee);
    memory.set(id, before);
    const text = clientIdText(clientIdOf(memory.subarray(before, before + CLIENT_ID_SIZE)));
    strictEqual(text, clientIdText(clientIdOf(id)));
    deepStrictEqual(Uint8Array.from(Buffer.from(text, "hex")), id);
  }));
});

Deno.test("clientIdHint() shows the first four digits and no more", () => {
  strictEqual(clientIdHint(ID), "64f3…");
});

Deno.test("sameClientId() is false when any byte differs, and their texts differ too", () => {
  strictEqual(sameClientId(clientIdOf(ID.slice()), ID), true);
  for (let at = 0; at < ID.length; at++) {
    const other = clientIdOf(ID.with(at, (ID[at] ?? 0) ^ 1));
    notStrictEqual(clientIdText(other), clientIdText(ID));
    strictEqual(sameClientId(other, ID), false, `byte ${at}`);
  }
});
