import { strictEqual } from "node:assert/strict";
import { TextField } from "../../../shared/wire/layout.ts";
import { LastVerdicts } from "./last_verdicts.ts";
import { type ClientId, clientIdOf } from "../../../shared/wire/client_id.ts";

const ALICE = clientIdOf(new Uint8Array(16).fill(0xa1));
const BOB = clientIdOf(new Uint8Array(16).fill(0xb0));

const AGAIN = { tryFirstHalf: false };

const file = (clientId: ClientId, name: string) => ({ clientId, fileName: TextField.of(name) });

Deno.test("a confirmation is found by client and name until it is forgotten", () => {
  const verdicts = new LastVerdicts();
  const commit = Promise.resolve();
  verdicts.confirm(file(ALICE, "a"), commit);
  strictEqual(verdicts.commitOf(file(ALICE, "a")), commit);
  strictEqual(verdicts.commitOf(file(ALICE, "b")), undefined);
  strictEqual(verdicts.commitOf(file(BOB, "a")), undefined);
  verdicts.forget(file(BOB, "a"));
  strictEqual(verdicts.size, 1);
  verdicts.forget(file(ALICE, "a"));
  strictEqual(verdicts.size, 0);
});

Deno.test("a confirmation whose commit fails is forgotten, and not the newer one", async () => {
  const verdicts = new LastVerdicts();
  const failing = Promise.withResolvers<void>();
  verdicts.confirm(file(ALICE, "a"), failing.promise);
  verdicts.confirm(file(ALICE, "b"), failing.promise);
  verdicts.confirm(file(ALICE, "b"), Promise.resolve());
  failing.reject(new Error("The disk is full"));
  await failing.promise.catch(() => {});
  strictEqual(verdicts.commitOf(file(ALICE, "a")), undefined);
  strictEqual(verdicts.size, 1);
});

Deno.test("the oldest of many verdicts is forgotten first", () => {
  const verdicts = new LastVerdicts();
  for (let at = 0; at <= 4_096; at++) verdicts.confirm(file(ALICE, `${at}`), Promise.resolve());
  strictEqual(verdicts.size, 4_096);
  strictEqual(verdicts.commitOf(file(ALICE, "0")), undefined);
  strictEqual(verdicts.commitOf(file(ALICE, "1")) === undefined, false);
});

Deno.test("a file announced again is given up once, by its own client, unless sent", () => {
  const verdicts = new LastVerdicts();
  verdicts.resend(file(ALICE, "a"), AGAIN);
  strictEqual(verdicts.commitOf(file(ALICE, "a")), undefined);
  strictEqual(verdicts.giveUp(file(BOB, "a")), false);
  strictEqual(verdicts.giveUp(file(ALICE, "b")), false);
  strictEqual(verdicts.giveUp(file(ALICE, "a")), true);
  strictEqual(verdicts.giveUp(file(ALICE, "a")), false);
  verdicts.resend(file(ALICE, "a"), AGAIN);
  verdicts.forget(file(ALICE, "a"));
  strictEqual(verdicts.giveUp(file(ALICE, "a")), false);
  strictEqual(verdicts.size, 0);
});

Deno.test("a confirmed file cannot be given up, and one announced again is not confirmed", () => {
  const verdicts = new LastVerdicts();
  const commit = Promise.resolve();
  verdicts.resend(file(ALICE, "a"), AGAIN);
  verdicts.confirm(file(ALICE, "a"), commit);
  strictEqual(verdicts.giveUp(file(ALICE, "a")), false);
  strictEqual(verdicts.commitOf(file(ALICE, "a")), commit);
  verdicts.resend(file(ALICE, "a"), AGAIN);
  strictEqual(verdicts.commitOf(file(ALICE, "a")), undefined);
});
