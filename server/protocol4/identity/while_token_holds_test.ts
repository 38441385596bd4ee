import { equal, rejects } from "node:assert/strict";
import type { Peer } from "../../listening/piping/handler.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import type { Accounts } from "../../storage/trees/accounts.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { whileTokenHolds } from "./while_token_holds.ts";

Deno.test("turns end two seconds after a token was revoked, and not when it expires", async () => {
  const clock = new TestClock();
  const request = new Request("http://host/", { headers: { authorization: "Bearer spt_x" } });
  let state: "valid" | "expired" | "revoked" = "valid";
  let isAway = false;
  let looks = 0;
  const token = () => {
    looks++;
    if (isAway) return Promise.reject(new StorageError("database-unreachable", "It is away"));
    return Promise.resolve({ state } as Awaited<ReturnType<Accounts["token"]>>);
  };
  const given = { awaitTurn: () => Promise.resolve(true) } as Peer;
  const { awaitTurn } = whileTokenHolds(given, { request, accounts: { token }, clock });
  const turn = async (milliseconds: number) => {
    clock.advance(milliseconds);
    return await awaitTurn();
  };
  equal(await turn(1_999), true);
  equal(looks, 0);
  equal(await turn(1), true);
  equal(looks, 1);
  state = "expired";
  equal(await turn(2_000), true);
  isAway = true;
  equal(await turn(2_000), true);
  [isAway, state] = [false, "revoked"];
  equal(await turn(1_999), true);
  await rejects(turn(1), { reason: "token-revoked" });
});
