import { diskAtRest } from "./disk_at_rest.ts";
import { type Cost, costOf } from "./processor_time.ts";
import type { Row } from "./scenario.ts";
import { type Command, median } from "./timed.ts";

/** One of several programs that do the same in turn. */
export interface Racer {
  readonly who: string;
  readonly command: Command;
  /** The id of its server's process. */
  readonly server: number;
  /** Throws unless what it has transferred arrived as it was. Called once. */
  readonly check?: () => Promise<void>;
  /** The maximum of the first racer's time as a fraction of this one's. */
  readonly most?: number;
  /** The same for the processor time of both sides. */
  readonly mostProcessor?: number;
  /**
   * By how much to multiply what it took, since it does only a part: it would take minutes. It is
   * measured once.
   */
  readonly times?: number;
}

/** How racers are measured. */
export interface Race {
  /** What all of them do. */
  readonly what: string;
  readonly racers: readonly Racer[];
  /** The number of rounds, after one that does not count, and in which results are checked. */
  readonly runs: number;
  /** Removes what an earlier racer has left, on either side. */
  readonly forget: () => Promise<void>;
}

/**
 * Runs all racers in turn, round by round: ratios are of what ran in the same minutes. A row for
 * each, and one more for each whose processor time is compared.
 */
export async function race(race: Race): Promise<readonly Row[]> {
  return rowsOf(race, await costsOf(race));
}

/** The same, as what each racer took in each round. */
export async function costsOf(
  { racers, runs, forget }: Race,
): Promise<readonly (readonly Cost[])[]> {
  const costs = racers.map((): Cost[] => []);
  for (let round = 0; round <= runs; round++) {
    for (const [at, { command, server, times, check }] of racers.entries()) {
      const isFirst = round === (times === undefined ? 0 : 1);
      if (times !== undefined && !isFirst) continue;
      // Each sends new files: replacing old ones also frees their blocks.
      await forget();
      await diskAtRest();
      const cost = await costOf(command, server);
      if (round > 0) costs[at]?.push(multiplied(cost, times));
      if (isFirst) await check?.();
    }
  }
  await forget();
  return costs;
}

/** The rows of a race, from what each racer took in each round. */
export function rowsOf(
  { what, racers }: Pick<Race, "what" | "racers">,
  costs: readonly (readonly Cost[])[],
): readonly Row[] {
  return racers.flatMap((racer, at) => rowsOfRacer(racer, { what, costs, at }));
}

function rowsOfRacer(
  { who, most, mostProcessor }: Racer,
  { what, costs, at }: {
    readonly what: string;
    readonly costs: readonly (readonly Cost[])[];
    readonly at: number;
  },
): readonly Row[] {
  const [ours = []] = costs;
  const its = costs[at] ?? [];
  const ratioBy = (value: (cost: Cost) => number) =>
    median(its.map((cost, round) => value(ours[round] ?? cost) / value(cost)));
  const row: Row = {
    ...{ what, who, unit: "s", median: median(its.map(({ seconds }) => seconds)) },
    processor: {
      client: median(its.map(({ client }) => client)),
      server: median(its.map(({ server }) => server)),
    },
    ...(at > 0 && { ratio: ratioBy(({ seconds }) => seconds) }),
    ...(most !== undefined && { most }),
  };
  if (mostProcessor === undefined) return [row];
  return [row, {
    ...{ what, who: `${who}: processor time`, unit: "s", most: mostProcessor },
    median: median(its.map(both)),
    ratio: ratioBy(both),
  }];
}

function both({ client, server }: Cost): number {
  return client + server;
}

function multiplied({ seconds, client, server }: Cost, times = 1): Cost {
  return { seconds: times * seconds, client: times * client, server: times * server };
}
