/**
 * Bad padding, good padding and a wrong file are one thing to the outside: the same reply, over the
 * same path, in a time that tells nothing.
 */

import { ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { lcg } from "../kernel/golden_vectors.ts";
import { talkingClient } from "../peers/talk.ts";
import type { TestClient } from "../peers/test_client.ts";
import { openServices } from "../peers/test_services.ts";

/** What a file may turn out to be. */
const KINDS = ["good padding", "good padding again", "bad padding", "another file"] as const;
type Kind = typeof KINDS[number];

/**
 * Files of each kind that are timed, in turns, so that whatever slows the machine slows all of
 * them.
 */
const SAMPLES = 200;

/** Files of each kind that come before, until the code is as fast as it gets. */
const WARM = 50;

/**
 * By how much the medians may be apart, as a part of them; those of one and the same kind, which
 * show how quiet the machine is, by half as much. An exception that is thrown and caught makes 8 %
 * here.
 */
const TOLERANCE = 0.05;

/** A machine that is busy may spoil a round; a difference that is there is there in each. */
const ROUNDS = 20;

/** The encrypted contents, each of 1,024 bytes, that are of a kind. */
async function contentsOf(
  client: TestClient,
  plain: Uint8Array,
): Promise<Record<Kind, Uint8Array>> {
  const [message = plain] = await client.messages(plain);
  const good = message.slice(-1024);
  const bad = good.slice();
  // A bit of the last block but one is a bit of the padding; one of the first, of the first two
  // blocks.
  bad[1024 - 17] = (bad[1024 - 17] ?? 0) ^ 0x80;
  const other = good.slice();
  other[0] = (other[0] ?? 0) ^ 0x80;
  return {
    "good padding": good,
    "good padding again": good,
    "bad padding": bad,
    "another file": other,
  };
}

/** The time from the last bytes of a file to its reply, in milliseconds. */
async function timed(client: TestClient, message: Uint8Array): Promise<number> {
  await client.send(message.subarray(0, -16));
  const begun = performance.now();
  const reply = await client.ask(message.subarray(-16));
  const time = performance.now() - begun;
  strictEqual(reply?.kind, "fileReceived");
  return time;
}

async function medians(): Promise<Readonly<Record<Kind, number>>> {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const plain = lcg(9, 1_010);
  const contents = await contentsOf(client, plain);
  const times: Record<Kind, number[]> = {
    "good padding": [],
    "good padding again": [],
    "bad padding": [],
    "another file": [],
  };
  const messages = await Promise.all(KINDS.map(async (kind) => {
    const [message = plain] = await client.messages(plain, { content: contents[kind] });
    return { kind, message };
  }));
  const turns = fc.sample(
    fc.shuffledSubarray(messages, { minLength: KINDS.length }),
    SAMPLES + WARM,
  );
  for (const [at, turn] of turns.entries()) {
    // In another order each time, so that none is always the one behind another.
    for (const { kind, message } of turn) {
      const time = await timed(client, message);
      if (at >= WARM) times[kind].push(time);
    }
  }
  const { counters } = services;
  strictEqual(counters.value("files-received"), (SAMPLES + WARM) * KINDS.length);
  strictEqual(Object.keys(counters.snapshot()).some((name) => name.startsWith("refused")), false);
  return {
    "good padding": median(times["good padding"]),
    "good padding again": median(times["good padding again"]),
    "bad padding": median(times["bad padding"]),
    "another file": median(times["another file"]),
  };
}

function median(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

Deno.test("the time of a reply does not tell bad padding from good", async () => {
  const differences: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const found = await medians();
    const good = found["good padding"];
    const apart = (kind: Kind) => Math.abs(found[kind] - good) / good;
    const quiet = apart("good padding again") <= TOLERANCE / 2;
    const most = Math.max(apart("bad padding"), apart("another file"));
    if (quiet && most <= TOLERANCE) return;
    differences.push(`${(most * 100).toFixed(1)} %${quiet ? "" : " (noisy)"}`);
  }
  ok(false, `The medians were apart in every round: ${differences.join(", ")}`);
});
