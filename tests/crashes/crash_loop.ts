import assert from "node:assert/strict";
import { parseAddress } from "../../shared/text/address.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { startProgram } from "../end_to_end/fixtures/program.ts";
import { recoveredServer } from "../end_to_end/fixtures/recovered_server.ts";
import { ON_LOOPBACK } from "../end_to_end/fixtures/running_server.ts";
import { checkData } from "./check_data.ts";
import { Ledger } from "./ledger.ts";
import { losePower } from "./lose_power.ts";
import { Uploader } from "./uploader.ts";

/** Clients that send at the same time. */
const CLIENTS = 4;

/** Rounds after which new clients come in place of those that were there. */
const GENERATION = 10;

/**
 * The longest that a server lives once its clients have begun, in milliseconds: so much more in
 * each round for as long as nothing was acknowledged, which takes its time on a busy machine.
 */
const LONGEST_LIFE = 300;

/** One start in so many is ended before the server listens: while it recovers, perhaps. */
const STARTS_ENDED = 5;

/** One crash in so many takes what was not synced with it. */
const LOSSES_OF_POWER = 2;

/** What a crash loop is to do. */
export interface CrashLoopOptions {
  /** The data folder of all its servers, empty. */
  readonly data: string;
  /** How often a server is ended while it serves. */
  readonly rounds: number;
  /** What all that is random follows from, but for how fast the machine is. */
  readonly seed: number;
  /** Told of each round that is over. */
  readonly onRound?: (round: number, report: CrashReport) => void;
}

/** What came of a crash loop. */
export interface CrashReport {
  /** Servers ended while they served. */
  readonly crashes: number;
  /** Servers ended while they started. */
  readonly crashesAtStart: number;
  /** Files that were acknowledged. */
  readonly acknowledged: number;
  /** Commits that a crash left unanswered and the next start found done, or completed. */
  readonly carriedOut: number;
  /** Those of which it found nothing, or which it undid. */
  readonly notCarriedOut: number;
  /** Commits that a start had to complete. */
  readonly completed: number;
  /** Files that a start put in their place again, because they had not been synced. */
  readonly restored: number;
  /** Unfinished uploads that a start removed. */
  readonly removed: number;
}

/**
 * Ends servers with SIGKILL at random moments of uploads, starts them again on the same data, and
 * fails when anything that was promised is not there, or anything that was not is.
 */
export async function crashLoop(options: CrashLoopOptions): Promise<CrashReport> {
  const { data, rounds, seed, onRound } = options;
  const random = new SeededRandom(seed);
  const ledger = new Ledger();
  const log = { completed: 0, restored: 0, removed: 0 };
  let clients: readonly Uploader[] = [];
  let round = 1;
  let crashesAtStart = 0;
  const report = (crashes: number): CrashReport => {
    const { acknowledged, carriedOut, notCarriedOut } = ledger;
    return { crashes, crashesAtStart, acknowledged, carriedOut, notCarriedOut, ...log };
  };
  try {
    for (; round <= rounds; round++) {
      if (random.oneIn(STARTS_ENDED)) {
        await crashAtStart(data, random);
        crashesAtStart += 1;
      }
      if (round % GENERATION === 1) clients = newClients(round, { random, ledger });
      const longest = LONGEST_LIFE * (ledger.acknowledged > 0 ? 1 : round);
      const text = await live(data, { clients, ledger, life: random.below(longest) });
      if (random.oneIn(LOSSES_OF_POWER)) await losePower(data, random);
      log.completed += countIn(text, /Recorded (\d+) files that were stored when/);
      log.restored += countIn(text, /Put (\d+) files in their place again/);
      log.removed += countIn(text, /Removed (\d+) unfinished uploads/);
      onRound?.(round, report(round));
    }
    await using server = await recoveredServer(data);
    await checkData(data, ledger);
    assert.equal((await server.stop()).code, 0);
    await checkData(data, ledger);
    return report(rounds);
  } catch (error) {
    throw new Error(`Round ${round} of the crash loop with the seed ${seed} failed`, {
      cause: error,
    });
  }
}

/** Runs one server from its start until it is killed; returns what it logged. */
async function live(data: string, { clients, ledger, life }: {
  readonly clients: readonly Uploader[];
  readonly ledger: Ledger;
  readonly life: number;
}): Promise<string> {
  await using server = await recoveredServer(data);
  await checkData(data, ledger);
  let ended = false;
  const uploads = clients.map(async (client) => {
    await client.run(parseAddress(server.address));
    assert(ended, "The server ended a connection by itself");
  });
  // The moment has to be random: there is no event to wait for.
  const moment = new Promise((resolve) => setTimeout(resolve, life));
  await Promise.race([moment, ...uploads]);
  ended = true;
  server.signal("SIGKILL");
  await Promise.all([moment, ...uploads]);
  const { code, stderr } = await server.ended();
  assert.equal(code, 128 + 9, stderr);
  assert.doesNotMatch(stderr, / error /);
  return stderr;
}

/** Starts a server, and ends it before it can have said much. */
async function crashAtStart(data: string, random: SeededRandom): Promise<void> {
  // What was not confirmed must not be there after the next start.
  const keepNothingElse = ["--keep-unverified", "no"];
  const child = startProgram("server", ["--data", data, ...keepNothingElse, ...ON_LOOPBACK]);
  const timer = setTimeout(() => child.kill("SIGKILL"), random.below(LONGEST_LIFE));
  // One that does listen is ended by its first line.
  const reader = child.stdout.getReader();
  await reader.read();
  clearTimeout(timer);
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended already.
  }
  reader.releaseLock();
  await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
}

function newClients(
  round: number,
  { random, ledger }: { readonly random: SeededRandom; readonly ledger: Ledger },
): readonly Uploader[] {
  return Array.from({ length: CLIENTS }, (_, index) => {
    const name = `Client ${index + 1} of round ${round}`;
    return new Uploader({ name, random: random.fork(), ledger });
  });
}

function countIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
