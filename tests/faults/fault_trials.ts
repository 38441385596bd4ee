import assert from "node:assert/strict";
import type { SeededRandom } from "../chance/seeded_random.ts";
import type { Direction, Fault } from "./fault_proxy.ts";
import { transcriptOf, VERDICT_SIZE } from "./transcript.ts";
import { type Outcome, play, type Trial } from "./trial.ts";

/** A session, before anything goes wrong with it. */
export type Session = Pick<Trial, "client" | "size" | "packetSize">;

/** The sessions that are played again and again. */
export const SESSIONS: Readonly<Record<string, Session>> = {
  "a registration and a file": { client: "stranger", size: 1000 },
  "a reconnect and a file": { client: "friend", size: 1000 },
  "a reconnect and a file in packets": { client: "friend", size: 2000, packetSize: 512 },
};

/** How far apart faults lie, and where the first one is. */
export interface Spacing {
  /** Bytes from one to the next: 1 for all. */
  readonly stride: number;
  /** Of the bytes before, at and after each end of a message, one in so many, by chance. */
  readonly oneIn: number;
  readonly random: SeededRandom;
}

/** Trials that go on at once: most of the time of each is a pause before it tries again. */
const AT_ONCE = 24;

/** Milliseconds that a client waits where every byte arrives that was sent: it never has to. */
const LONG = 30_000;

/** The same where a size may have been harmed, so that it waits for what never comes. */
const SHORT = 1_000;

const DIRECTIONS: readonly Direction[] = ["toServer", "toClient"];

/** Connections that are cut, of clients that try again by themselves. */
export function cuts(session: Session, spacing: Spacing): readonly Trial[] {
  return offsets(session, { ...spacing, end: 1 }).map((offset) => ({
    ...session,
    fault: { ...offset, action: "cut" },
    ...{ retries: 3, restarts: 0, timeout: LONG },
  }));
}

/** Connections that are cut, of clients that fail then, and are started again. */
export function cutsWithoutRetries(session: Session, spacing: Spacing): readonly Trial[] {
  return cuts(session, spacing).map((trial) => ({ ...trial, retries: 0, restarts: 1 }));
}

/** Connections in which one bit is turned over. */
export function flips(session: Session, spacing: Spacing): readonly Trial[] {
  return offsets(session, { ...spacing, end: 0 }).map((offset) => ({
    ...session,
    fault: { ...offset, action: { flip: spacing.random.below(8) } },
    ...{ retries: 3, restarts: 1, timeout: SHORT },
  }));
}

/** Offsets in both directions: those at which messages begin and end, and others, evenly spaced. */
function offsets(
  session: Session,
  { stride, oneIn, random, end }: Spacing & { readonly end: 0 | 1 },
): readonly Pick<Fault, "direction" | "after">[] {
  const transcript = transcriptOf(session);
  return DIRECTIONS.flatMap((direction) => {
    const total = transcript[direction].at(-1) ?? 0;
    const ends = transcript[direction].flatMap((at) => [at - 1, at, at + 1]);
    const chosen = new Set([0, ...ends.filter(() => random.oneIn(oneIn))]);
    for (let at = random.below(stride); at < total; at += stride) chosen.add(at);
    return [...chosen].filter((at) => at < total + end).map((after) => ({ direction, after }));
  });
}

/**
 * Plays trials; fails at the first that does not end as it has to: with the file on the server, at
 * the latest when the client has tried again, or else with the loss of a name. How many ended how.
 */
export async function playAll(trials: readonly Trial[]): Promise<ReadonlyMap<string, number>> {
  const left = [...trials];
  const counts = new Map<string, number>();
  const play = async () => {
    for (let trial = left.pop(); trial !== undefined; trial = left.pop()) {
      const end = await playOne(trial);
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, play));
  return counts;
}

async function playOne(trial: Trial): Promise<string> {
  try {
    const outcome = await play(trial);
    judge(trial, outcome);
    return outcome.ends.join(", then ");
  } catch (error) {
    throw new Error(`The trial ${JSON.stringify(trial)} failed`, { cause: error });
  }
}

function judge({ fault, ...session }: Trial, { ends, struck, nameLost, kept }: Outcome): void {
  assert.equal(struck, fault !== undefined, "The fault happened");
  // The id of this client is lost: protocol 3 has no way to ask for it again.
  assert.equal(ends.at(-1), nameLost ? "name-taken" : "sent");
  const lost = nameLost || fault !== undefined && givesUp(fault, session);
  assert.equal(kept, lost ? 0 : 1, "The server keeps what it confirmed");
}

/**
 * Whether a fault makes "giving up" of "CRC valid": one bit parts the two codes in every revision,
 * both are acknowledged alike, and no client can tell that it was misunderstood.
 */
function givesUp({ direction, after, action }: Fault, session: Session): boolean {
  const verdict = (transcriptOf(session).toServer.at(-1) ?? 0) - VERDICT_SIZE;
  const code = verdict + 17;
  return direction === "toServer" && after === code && action !== "cut" && action.flip === 1;
}
