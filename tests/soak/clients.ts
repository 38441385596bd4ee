import assert from "node:assert/strict";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Address } from "../../shared/text/address.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { sameBytes } from "../../shared/wire/bytes.ts";
import type { SeededRandom } from "../chance/seeded_random.ts";
import type { Ledger } from "../crashes/ledger.ts";
import { mutated } from "../fuzz/mutations.ts";
import { REQUESTS } from "../fuzz/targets/corpus.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { TestClient } from "../peers/test_client.ts";

/** What clients do to a server, and for how long. */
export interface Visit {
  readonly server: Address;
  readonly random: SeededRandom;
  /** Aborted when no other visit is to begin. */
  readonly over: AbortSignal;
}

/** Files of a client: it replaces them, so that the data folder does not grow without end. */
const FILES = ["a.bin", "b.bin", "c.bin"] as const;

/**
 * Comes again and again, sends some files, has them kept, and goes. Fails unless it is served each
 * time, whatever others do. How many files it sent.
 */
export async function honest(
  name: string,
  { server, random, over, ledger }: Visit & { readonly ledger: Ledger },
): Promise<number> {
  let client: TestClient | undefined;
  let files = 0;
  while (!over.aborted) {
    using line = await SocketLink.connect(server);
    client = client?.over(line) ?? new TestClient(line, { name });
    if (sameBytes(client.clientId, NO_CLIENT_ID)) {
      await client.introduce();
      ledger.registered(client.clientId, name);
    } else {
      assert.equal((await client.reconnect())?.kind, "reconnectAccepted");
    }
    for (let left = 1 + random.below(5); left > 0; left--) {
      await sendFile(client, { random, ledger });
      files += 1;
    }
  }
  return files;
}

async function sendFile(
  client: TestClient,
  { random, ledger }: { readonly random: SeededRandom; readonly ledger: Ledger },
): Promise<void> {
  const fileName = random.pick(FILES);
  const content = random.bytes(random.below(random.pick([2_000, 20_000, 600_000])));
  const sum = new Cksum();
  sum.update(content);
  const version = { size: content.byteLength, checksum: sum.digest() };
  const reply = await client.file(content, { fileName });
  assert(reply?.kind === "fileReceived", `The server said ${reply?.kind} to a file`);
  assert.equal(reply.checksum, version.checksum);
  const file = { clientId: client.clientId, fileName };
  ledger.asks(file, version);
  assert.equal((await client.ask(client.verdict("crcValid", fileName)))?.kind, "acknowledged");
  ledger.acknowledges(file);
}

/** Comes again and again, and does what no client should. How often it came. */
export async function hostile(visit: Visit): Promise<number> {
  let visits = 0;
  for (; !visit.over.aborted; visits++) {
    try {
      using line = await SocketLink.connect(visit.server);
      await visit.random.pick(ATTACKS)(line, visit);
    } catch (error) {
      // The server ends such connections, in whatever way.
      if (!(error instanceof Error && error.constructor.name in Deno.errors)) throw error;
    }
  }
  return visits;
}

type Attack = (line: SocketLink, visit: Visit) => Promise<void>;

/** Sends bytes that are almost right, or not at all, and closes. */
const babble: Attack = async (line, { random }) => {
  await line.send(mutated(REQUESTS, random));
};

/** The same, and listens to the end. */
const babbleAndListen: Attack = async (line, { random }) => {
  await line.send(mutated(REQUESTS, random));
  await line.endSending();
  while (await line.read() !== undefined);
};

/** Begins a file, as a client that was introduced, and goes amid of it. */
const breakOff: Attack = async (line, { random }) => {
  const client = new TestClient(line, { name: `Hostile ${random.next()}` });
  await client.introduce();
  const messages = await client.messages(random.bytes(60_000), { packets: 3 });
  await client.send(...messages.slice(0, 1 + random.below(2)));
  await line.send(messages[2]?.subarray(0, random.below(9_000)) ?? new Uint8Array());
};

/** Sends a whole file, and no verdict on the checksum. */
const leaveUndecided: Attack = async (line, { random }) => {
  const client = new TestClient(line, { name: `Hostile ${random.next()}` });
  await client.introduce();
  await client.file(random.bytes(10_000));
};

/** Says half a header and holds on, until the server or the test has enough of it. */
const stall: Attack = async (line, { random, over }) => {
  await line.send(random.bytes(11));
  if (over.aborted) return;
  const end = Promise.withResolvers<void>();
  const stop = () => end.resolve();
  over.addEventListener("abort", stop);
  const timer = setTimeout(stop, 1_000 + random.below(4_000));
  await end.promise;
  clearTimeout(timer);
  over.removeEventListener("abort", stop);
};

/** Asks for many keys, which cost the server more than the client. */
const wearOut: Attack = async (line, { random }) => {
  const client = new TestClient(line, { name: `Hostile ${random.next()}` });
  await client.introduce();
  for (let left = 10; left > 0; left--) await client.reconnect();
};

const ATTACKS = [
  babble,
  babbleAndListen,
  breakOff,
  leaveUndecided,
  stall,
  wearOut,
] as const satisfies readonly Attack[];
