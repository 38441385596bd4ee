import { strictEqual } from "node:assert/strict";
import { TextField } from "../../shared/wire/text_field.ts";
import { Confirmations } from "./confirmations.ts";

const ALICE = new Uint8Array(16).fill(0xa1);
const BOB = new Uint8Array(16).fill(0xb0);

const file = (clientId: Uint8Array, name: string) => ({ clientId, fileName: TextField.of(name) });

Deno.test("a confirmation is found by client and name until it is forgotten", () => {
  const confirmations = new Confirmations();
  const commit = Promise.resolve();
  confirmations.add(file(ALICE, "a"), commit);
  strictEqual(confirmations.find(file(ALICE, "a")), commit);
  strictEqual(confirmations.find(file(ALICE, "b")), undefined);
  strictEqual(confirmations.find(file(BOB, "a")), undefined);
  confirmations.forget(file(BOB, "a"));
  strictEqual(confirmations.size, 1);
  confirmations.forget(file(ALICE, "a"));
  strictEqual(confirmations.size, 0);
});

Deno.test("a confirmation whose commit fails is forgotten, and not the newer one", async () => {
  const confirmations = new Confirmations();
  const failing = Promise.withResolvers<void>();
  confirmations.add(file(ALICE, "a"), failing.promise);
  confirmations.add(file(ALICE, "b"), failing.promise);
  confirmations.add(file(ALICE, "b"), Promise.resolve());
  failing.reject(new Error("The disk is full"));
  await failing.promise.catch(() => {});
  strictEqual(confirmations.find(file(ALICE, "a")), undefined);
  strictEqual(confirmations.size, 1);
});

Deno.test("the oldest of many confirmations is forgotten first", () => {
  const confirmations = new Confirmations();
  for (let at = 0; at <= 4_096; at++) confirmations.add(file(ALICE, `${at}`), Promise.resolve());
  strictEqual(confirmations.size, 4_096);
  strictEqual(confirmations.find(file(ALICE, "0")), undefined);
  strictEqual(confirmations.find(file(ALICE, "1")) === undefined, false);
});
