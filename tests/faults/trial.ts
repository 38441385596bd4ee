import assert from "node:assert/strict";
import { ClientError, type ClientReason } from "../../client/client_error.ts";
import { DEFAULT_LIMITS } from "../../server/settings/limit_settings.ts";
import { openListeners } from "../../server/listening/accepting/addresses.ts";
import { runServer } from "../../server/run_server.ts";
import type { NamedStorage } from "../../server/storage/storage.ts";
import { committerOver } from "../storage/committer_over.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import type { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { type Address, parseAddress } from "../../shared/text/address.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { IDENTITY, NAME, ON_RECORD, OwnParty } from "../peers/own_party.ts";
import { SILENT, storedFiles } from "../peers/test_services.ts";
import { type Fault, FaultProxy, type Passed } from "./fault_proxy.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { memoryCatalog } from "../peers/memory_catalog.ts";

/** A session that goes through a proxy. */
export interface Trial {
  /** Who the client is: one that has to register first, or one that the server has on record. */
  readonly client: "stranger" | "friend";
  /** Bytes of its file. */
  readonly size: number;
  /** Bytes of content in a packet. Default: all in one. */
  readonly packetSize?: number;
  /** What goes wrong with its first connection. Default: nothing. */
  readonly fault?: Fault;
  /** How often it tries again by itself. */
  readonly retries: number;
  /** How often it is started again if it fails, with no fault from then on. */
  readonly restarts: number;
  /** Milliseconds that it waits for anything from the server. */
  readonly timeout: number;
}

/** What came of a trial. */
export interface Outcome {
  /** How each run of the client ended: more than one when it was started again. */
  readonly ends: readonly (ClientReason | "sent")[];
  /** The connections that were made. */
  readonly passed: readonly Passed[];
  /** Whether the fault happened. */
  readonly struck: boolean;
  /** Whether the answer to a registration was lost, so that no client has the name. */
  readonly nameLost: boolean;
  /** How many files the server keeps, each the one that was sent. */
  readonly kept: number;
}

/** What a client of these sessions may fail with: others would be a lie about what happened. */
const REASONS: ReadonlySet<ClientReason> = new Set([
  "checksum-mismatch",
  "connection-lost",
  "name-taken",
  "server-error",
]);

const FILE_NAME = "file.bin";

/**
 * Plays a session between the real client and the real server. Fails when the client ends in
 * another way than it should, when the server keeps anything but the file that was sent, and when
 * an identity came to harm.
 */
export async function play(trial: Trial): Promise<Outcome> {
  await using own = trial.client === "friend"
    ? await OwnParty.oldFriend()
    : await OwnParty.stranger();
  await using server = await startServer(trial);
  await using proxy = new FaultProxy(server.address, trial.fault);
  const plain = lcg(trial.size, trial.size);
  const local = await own.file(FILE_NAME, plain);
  const { retries, timeout, packetSize } = trial;
  const ends: (ClientReason | "sent")[] = [];
  for (let restarts = 0; restarts <= trial.restarts && ends.at(-1) !== "sent"; restarts++) {
    const habits = { retries, timeout, ...(packetSize && { packetSize }) };
    const session = await own.session({ address: proxy.address, revision: "2024a" }, habits);
    try {
      await session.send(local, () => {});
      ends.push("sent");
    } catch (error) {
      ends.push(reasonOf(error));
    }
    await session.close();
  }
  const stored = Object.values(await storedFiles(server.storage));
  for (const content of stored) assert.deepEqual(content, new Uint8Array(plain));
  const identity = await own.files.load();
  const client = identity && await server.storage.catalog.client(identity.clientId);
  return {
    ends,
    passed: proxy.passed,
    struck: proxy.struck,
    nameLost: client === undefined && !await isFree(NAME, server.storage),
    kept: stored.length,
  };
}

function reasonOf(error: unknown): ClientReason {
  if (!(error instanceof ClientError)) throw error;
  assert(REASONS.has(error.reason), `${error.reason}: ${error.message}`);
  assert.doesNotMatch(error.message, /\n/);
  return error.reason;
}

/** A server with all in memory, of which nothing is logged. */
async function startServer({ client }: Trial): Promise<
  AsyncDisposable & { readonly address: Address; readonly storage: NamedStorage }
> {
  const memory = await memoryCatalog();
  const { catalog } = memory;
  if (client === "friend") await putOnRecord(catalog);
  const store = new MemoryStore();
  const storage = { catalog, store, committer: committerOver({ catalog, store }) };
  const listeners = openListeners([{ host: "127.0.0.1", port: 0 }], "auto");
  const stopping = new AbortController();
  const ended = runServer({
    clock: SYSTEM_CLOCK,
    ...storage,
    listeners,
    limits: DEFAULT_LIMITS,
    strict: false,
    grace: 0,
    log: SILENT,
    stopping: stopping.signal,
  });
  return {
    address: parseAddress(listeners[0]?.addresses[0] ?? ""),
    storage,
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
      await memory[Symbol.asyncDispose]();
    },
  };
}

async function putOnRecord(catalog: SqliteCatalog): Promise<void> {
  const { clientId: id, name } = IDENTITY;
  await catalog.register({ id, name, revision: "2024a" });
  await catalog.keepKeys({ id, publicKey: ON_RECORD.publicKey, aesKey: new Uint8Array(32) });
}

async function isFree(name: string, { catalog }: NamedStorage): Promise<boolean> {
  const id = clientIdOf(new Uint8Array(16).fill(0xff));
  return await catalog.register({ id, name, revision: "2024a" }) === "registered";
}
