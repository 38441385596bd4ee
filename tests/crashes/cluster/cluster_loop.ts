import assert from "node:assert/strict";
import { join } from "node:path";
import { pause } from "../../../shared/clock.ts";
import { parseAddress } from "../../../shared/text/address.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { SeededRandom } from "../../chance/seeded_random.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import type { ObjectStore } from "../../engines/s3_gateway.ts";
import { Uploader } from "../uploader.ts";
import { checkCluster, type Found } from "./check_cluster.ts";
import { Cluster, type Victim } from "./cluster.ts";
import { CountingLedger } from "./counting_ledger.ts";
import { TreeUploader, type TreeUser } from "./tree_uploader.ts";

/** Clients of each protocol that send at the same time. */
const CLIENTS = 3;

/** Files that a client sends at most before it goes to either server again. */
const FILES_EACH = 20;

/** What is ended together; each of them once in so many kills, in a random order. */
const DECK: readonly (readonly [Victim, ...Victim[]])[] = [
  ["one"],
  ["other"],
  ["postgres"],
  ["gateway"],
  ["one", "other"],
  ["other", "postgres", "gateway"],
];

/** Milliseconds for which something is away: at the most, and longer than a server waits for it. */
const AWAY = { most: 2_000, long: 11_000 } as const;

/** What a loop of crashes of several servers is to do. */
export interface ClusterLoopOptions {
  /** How often something is ended. */
  readonly kills: number;
  /** What all that is random follows from, but for how fast the machine is. */
  readonly seed: number;
  /** Where the gateway has its objects. With `bluestore` that is ended, too. */
  readonly objects: ObjectStore;
  /** Told of each time that something was ended. */
  readonly onKill?: (kill: number, victims: readonly Victim[], acknowledged: number) => void;
}

/** What came of it. */
export interface ClusterReport extends Found {
  /** How often each was ended. */
  readonly ended: Readonly<Partial<Record<Victim, number>>>;
  readonly acknowledged: number;
  /** Requests without an answer that were found to be carried out, and those that were not. */
  readonly carriedOut: number;
  readonly notCarriedOut: number;
}

interface Client {
  run(server: ReturnType<typeof parseAddress>, mayGoOn: () => boolean): Promise<void>;
}

/**
 * Ends servers, their PostgreSQL and their gateway at random moments of uploads, starts them again,
 * and fails when anything that was promised is not there, or anything is there that nothing needs.
 */
export async function clusterLoop(options: ClusterLoopOptions): Promise<ClusterReport> {
  const { kills, seed, objects, onKill } = options;
  const random = new SeededRandom(seed);
  const ledger = new CountingLedger();
  const ended: Partial<Record<Victim, number>> = {};
  let kill = 0;
  try {
    await using cluster = await Cluster.start(objects);
    const clients = await makeClients(cluster, { random, ledger });
    const stopping = new AbortController();
    const sending = clients.map((client) =>
      keepSending(client, { cluster, random: random.fork(), stopping: stopping.signal })
    );
    const ending = async () => {
      const all = objects === "bluestore" ? [...DECK, ["store"] as const] : DECK;
      let deck: (readonly Victim[])[] = [];
      for (kill = 1; kill <= kills; kill++) {
        if (deck.length === 0) deck = shuffled(all, random);
        const victims = deck.pop() ?? [];
        await ledger.more(1 + random.below(20));
        // The moment has to be random: there is no event to wait for.
        await pause(SYSTEM_CLOCK, random.below(300));
        await cluster.kill(victims);
        for (const victim of victims) ended[victim] = (ended[victim] ?? 0) + 1;
        await pause(SYSTEM_CLOCK, random.oneIn(6) ? AWAY.long : random.below(AWAY.most));
        await cluster.restart(victims);
        onKill?.(kill, victims, ledger.acknowledged);
      }
      await ledger.more(20);
    };
    try {
      await Promise.race([ending(), ...sending]);
    } finally {
      stopping.abort();
    }
    await Promise.all(sending);
    await cluster.stop();
    const found = await checkCluster(cluster, ledger);
    const { acknowledged, carriedOut, notCarriedOut } = ledger;
    return { ...found, ended, acknowledged, carriedOut, notCarriedOut };
  } catch (error) {
    throw new Error(`Kill ${kill} of the cluster with the seed ${seed} failed`, { cause: error });
  }
}

async function makeClients(
  cluster: Cluster,
  { random, ledger }: { readonly random: SeededRandom; readonly ledger: CountingLedger },
): Promise<readonly Client[]> {
  const clients: Client[] = [];
  for (let at = 1; at <= CLIENTS; at++) {
    let files = 0;
    clients.push(
      new Uploader({
        ...{ name: `Client ${at}`, random: random.fork(), ledger, mayFail: true },
        // Some replace another version, others stay, so that each is looked at in the end.
        nameOf: (own) => own.oneIn(4) ? "again.bin" : `file-${++files}.bin`,
      }),
    );
    const user = await logIn(cluster, `Tree ${at}`);
    ledger.registered(user.clientId, `Tree ${at}`);
    clients.push(new TreeUploader({ user, random: random.fork(), ledger }));
  }
  return clients;
}

/** Registers a client of protocol 4, which knows both servers then. */
async function logIn(cluster: Cluster, name: string): Promise<TreeUser> {
  const config = join(cluster.folder, name);
  await Deno.mkdir(config);
  const address = await cluster.keyAddress();
  for (const at of cluster.addresses) {
    const there = address.replace(/\/\/[^/#]*/, `//${at}`);
    const words = ["login", there, "--name", name, "--dir", config];
    const { code, stderr } = await runClient(words);
    assert.equal(code, 0, stderr);
  }
  const [row] = await cluster.sql`SELECT encode("ID", 'hex') AS id FROM clients
    WHERE "Name" = ${name}`;
  const made = await runClient(
    ["token", "--scope", "write", "--server", cluster.addresses[0], "--json", "--dir", config],
  );
  assert.equal(made.code, 0, made.stderr);
  const { token } = JSON.parse(made.stdout);
  return { clientId: clientIdOf(Uint8Array.fromHex(row?.["id"])), config, token };
}

/** Has a client send to either server, until it is over. */
async function keepSending(
  client: Client,
  { cluster, random, stopping }: {
    readonly cluster: Cluster;
    readonly random: SeededRandom;
    readonly stopping: AbortSignal;
  },
): Promise<void> {
  while (!stopping.aborted) {
    let left = 1 + random.below(FILES_EACH);
    const server = parseAddress(random.pick(cluster.addresses));
    await client.run(server, () => !stopping.aborted && left-- > 0);
    // A server that is away is asked again, and not all the time.
    await pause(SYSTEM_CLOCK, 50);
  }
}

function shuffled<T>(things: readonly T[], random: SeededRandom): T[] {
  const rest = [...things];
  return things.flatMap(() => rest.splice(random.below(rest.length), 1));
}
