import assert from "node:assert/strict";
import type { Address } from "../../shared/text/address.ts";
import type { SeededRandom } from "../chance/seeded_random.ts";
import type { Ledger } from "../crashes/ledger.ts";
import { honest, hostile } from "./clients.ts";
import type { Figures, ObservedServer } from "./observed_server.ts";

/** Clients at the same time. */
const CROWD = { honest: 6, hostile: 10 } as const;

/** Milliseconds after which uploads without their client are gone, and some more. */
const SETTLING = 60_000;

/** Milliseconds between two looks at a server that settles. */
const BETWEEN_LOOKS = 2_000;

/** What came of a crowd. */
export interface Crowd {
  /** Files that honest clients had kept. */
  readonly files: number;
  /** Connections that hostile clients made. */
  readonly attacks: number;
}

/** Lets honest and hostile clients at a server, all at once, for so many seconds. */
export async function crowd({ server, seconds, random, ledger, round }: {
  readonly server: Address;
  readonly seconds: number;
  readonly random: SeededRandom;
  readonly ledger: Ledger;
  /** Which crowd of the server's it is: names are not used again. */
  readonly round: number;
}): Promise<Crowd> {
  const ending = new AbortController();
  const timer = setTimeout(() => ending.abort(), seconds * 1000);
  const visit = () => ({ server, random: random.fork(), over: ending.signal });
  const sent = Array.from(
    { length: CROWD.honest },
    (_, index) => honest(`Honest ${index} of crowd ${round}`, { ...visit(), ledger }),
  );
  const attacked = Array.from({ length: CROWD.hostile }, () => hostile(visit()));
  try {
    const [files, attacks] = await Promise.all([Promise.all(sent), Promise.all(attacked)]);
    return { files: sum(files), attacks: sum(attacks) };
  } finally {
    clearTimeout(timer);
    ending.abort();
  }
}

/**
 * The figures of a server without requests: as soon as it has no more timers and descriptors than
 * in `like`, or has had the time to give all back.
 */
export async function settled(server: ObservedServer, like?: Figures): Promise<Figures> {
  const end = performance.now() + SETTLING;
  for (;;) {
    const figures = await server.look();
    const back = like !== undefined && figures.timers <= like.timers &&
      figures.descriptors <= like.descriptors;
    if (back || performance.now() > end) return figures;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
  }
}

/** How much more memory may be taken at the end than at the start, in bytes. */
const MORE = { heap: 4 * 1024 ** 2, external: 4 * 1024 ** 2, resident: 48 * 1024 ** 2 } as const;

/** Fails unless a server takes no more at the end than at the start. */
export function compare(start: Figures, end: Figures): void {
  assert(end.timers <= start.timers, `${end.timers} timers are left, ${start.timers} at the start`);
  assert(
    end.descriptors <= start.descriptors,
    `${end.descriptors} descriptors are left, ${start.descriptors} at the start`,
  );
  for (const kind of ["heap", "external", "resident"] as const) {
    const more = end[kind] - start[kind];
    assert(more <= MORE[kind], `${kind}: ${more} bytes more than at the start`);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
