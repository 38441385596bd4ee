import assert from "node:assert/strict";
import { MemoryStore } from "../../storage/memory_store.ts";
import { locationOf } from "../../../server/storage/names/location.ts";
import { Cksum } from "../../../shared/cksum/cksum.ts";
import { ReplyParser } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { type RevisionName, REVISIONS } from "../../../shared/protocol3/revision.ts";
import type { SeededRandom } from "../../chance/seeded_random.ts";
import { GOLDEN, GOLDEN_REVISIONS, hex, joined } from "../../kernel/golden_vectors.ts";
import { cut } from "../../kernel/told_events.ts";
import { Talk } from "../../peers/talk.ts";
import {
  openServices,
  type Services,
  stagedCount,
  type TestServices,
} from "../../peers/test_services.ts";
import { REQUESTS } from "./corpus.ts";
import { pieceSizes, type Target } from "./target.ts";
import { traceReplies } from "./trace.ts";
import { quickRequests } from "../../peers/test_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

/** A client that no input knows of, and its file. */
const BYSTANDER = {
  id: clientIdOf(new Uint8Array(16).fill(0x5a)),
  content: new TextEncoder().encode("Nobody but me"),
} as const;

const NAMES = Object.keys(REVISIONS) as [RevisionName, ...RevisionName[]];

/**
 * What a server says and keeps: nothing but replies of the protocol, and files that are what the
 * catalog has on record; the same whatever the pieces, and in one conversation or in several that
 * are broken off.
 */
export const conversation: Target = {
  corpus: REQUESTS,
  async take(input, how) {
    const revision = how.pick(NAMES);
    const strict = how.oneIn(4);
    const seed = how.next();
    const sizes = pieceSizes(how);
    const whole = await hold({ revision, strict, seed }, (talk) => talk.send(input));
    const inPieces = await hold({ revision, strict, seed }, async (talk) => {
      for (const piece of cut(input, sizes)) await talk.send(piece);
    });
    assert.equal(inPieces, whole);
    if (how.oneIn(2)) await holdSeveral(input, { revision, strict, how });
  },
};

/** How a conversation is held. */
interface Terms {
  readonly revision: RevisionName;
  readonly strict: boolean;
  /** What the ids and keys that the server gives follow from. */
  readonly seed: number;
}

/**
 * Holds one conversation from its beginning to its end; what was said in it, and what is kept then.
 */
async function hold(terms: Terms, act: (talk: Talk) => Promise<void>): Promise<string> {
  return await serve(terms, async (services) => {
    const talk = new Talk(services, terms.revision, terms);
    await act(talk);
    const said = await saidBy(talk);
    await talk.end();
    const files = await services.catalog.files();
    const kept = files.map(({ location, size, checksum }) => `${location} ${size} ${checksum}`);
    const parser = new ReplyParser([REVISIONS[terms.revision]], { onDeviation: () => {} });
    // The same key is never encrypted in the same way.
    const line = traceReplies(parser, [said]).line.replaceAll(/encryptedKey=\d+/g, "");
    return [line, ...kept].join("\n");
  });
}

/**
 * Says the input in several conversations of one server, one after the other or at the same time.
 */
async function holdSeveral(
  input: Uint8Array,
  { how, ...terms }: Omit<Terms, "seed"> & { readonly how: SeededRandom },
): Promise<void> {
  await serve({ ...terms, seed: how.next() }, async (services) => {
    const talks = Array.from(
      { length: 2 + how.below(2) },
      () => new Talk(services, terms.revision, terms),
    ) as [Talk, ...Talk[]];
    for (const piece of cut(input, [1 + how.below(input.byteLength + 1), ...pieceSizes(how)])) {
      const talk = how.pick(talks);
      await talk.send(piece).catch(onlyCut);
      // As in a connection: a silence of the client counts only where it is waited for.
      const waits = talk.connection.silenceLimit !== undefined;
      if (waits && how.oneIn(4)) await talk.fallSilent().catch(onlyCut);
      if (how.oneIn(40)) talk.cut();
      if (!how.oneIn(20)) continue;
      await talk.connection.end({ stopping: how.oneIn(2) });
      talks.splice(talks.indexOf(talk), 1, new Talk(services, terms.revision, terms));
    }
    for (const talk of talks) await talk.connection.end({ stopping: how.oneIn(2) });
  });
}

/** A server with two clients on record, which is looked at when it has served. */
async function serve<T>(
  { revision, seed }: Terms,
  act: (services: TestServices) => Promise<T>,
): Promise<T> {
  await using services = await openServices({
    clock: quickRequests(),
    limits: { fileSize: 20_000 },
  });
  await putOnRecord(services, revision);
  const original = crypto.getRandomValues;
  crypto.getRandomValues = seeded(seed);
  try {
    const result = await act(services);
    await services.uploads.clear();
    await look(services);
    return result;
  } finally {
    crypto.getRandomValues = original;
  }
}

async function look({ catalog, store, uploads, counters }: TestServices): Promise<void> {
  assert.equal(
    counters.value("refused.internal-error"),
    0,
    "The server met what it has no name for",
  );
  assert.equal(uploads.size + stagedCount(store), 0, "An upload was left behind");
  assert.deepEqual(await catalog.clientsWithIntents(new Uint8Array(), 1), []);
  assert(store instanceof MemoryStore);
  const files = await catalog.files();
  assert.deepEqual(
    [...store.memory.placed.keys()].sort(),
    files.map(({ location }) => location).sort(),
    "What lies there is what is on record",
  );
  for (const { location, size, checksum } of files) {
    const content: Uint8Array = store.memory.placed.get(location) ?? new Uint8Array();
    const sum = new Cksum();
    sum.update(content);
    assert.deepEqual([content.byteLength, sum.digest()], [size, checksum], location);
  }
  const own = store.memory.placed.get(locationOf(BYSTANDER.id, "own.txt"));
  assert.deepEqual(own, BYSTANDER.content, "Nobody touched the file of a bystander");
}

async function putOnRecord(
  { catalog, store, committer }: Services,
  revision: RevisionName,
): Promise<void> {
  const golden = GOLDEN_REVISIONS.find(([name]) => name === revision)?.[1];
  const [id, name] = [clientIdOf(hex(GOLDEN.inputs.clientId)), GOLDEN.inputs.name];
  await catalog.register({ id, name, revision });
  const publicKey = hex(GOLDEN.rsa.spkiHex);
  await catalog.keepKeys({ id, publicKey, aesKey: hex(golden?.aesKey ?? "") });
  await catalog.register({ id: BYSTANDER.id, name: "Bystander", revision });
  const staged = await store.stage();
  await staged.write(BYSTANDER.content);
  await staged.seal();
  const sum = new Cksum();
  sum.update(BYSTANDER.content);
  await committer.commit(staged, {
    ...{ clientId: BYSTANDER.id, fileName: "own.txt" },
    ...{ size: BYSTANDER.content.byteLength, checksum: sum.digest(), verified: true },
  });
}

async function saidBy(talk: Talk): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for (let piece = await talk.read(); piece !== undefined; piece = await talk.read()) {
    pieces.push(piece);
  }
  return joined(pieces);
}

/** A line that was cut on purpose says so, and nothing else may go wrong. */
function onlyCut(error: unknown): void {
  if (!(error instanceof Error && error.message === "The line is cut")) throw error;
}

function seeded(seed: number): Crypto["getRandomValues"] {
  let state = seed;
  return <T extends ArrayBufferView | null>(array: T): T => {
    if (array !== null) {
      const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
      for (let at = 0; at < bytes.byteLength; at++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        bytes[at] = state >>> 24;
      }
    }
    return array;
  };
}
