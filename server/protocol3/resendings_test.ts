import { strictEqual } from "node:assert/strict";
import { TextField } from "../../shared/wire/text_field.ts";
import { Resendings } from "./resendings.ts";

const ALICE = new Uint8Array(16).fill(0x61);
const BOB = new Uint8Array(16).fill(0x62);

const file = (clientId: Uint8Array, name: string) => ({ clientId, fileName: TextField.of(name) });

Deno.test("a resending is removed once, for its own client and file", () => {
  const resendings = new Resendings();
  resendings.add(file(ALICE, "a"));
  strictEqual(resendings.delete(file(BOB, "a")), false);
  strictEqual(resendings.delete(file(ALICE, "b")), false);
  strictEqual(resendings.delete(file(ALICE, "a")), true);
  strictEqual(resendings.delete(file(ALICE, "a")), false);
});

Deno.test("the oldest of many resendings is removed first", () => {
  const resendings = new Resendings();
  for (let at = 0; at <= 4_096; at++) resendings.add(file(ALICE, `${at}`));
  strictEqual(resendings.size, 4_096);
  strictEqual(resendings.delete(file(ALICE, "0")), false);
  strictEqual(resendings.delete(file(ALICE, "1")), true);
});
