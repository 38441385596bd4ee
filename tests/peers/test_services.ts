/** The parts that all conversations of a server share, real ones, in memory. */

import { getLogger, type Logger } from "@logtape/logtape";
import { IncomingFile } from "../../server/files/incoming_file.ts";
import { IncomingFiles } from "../../server/files/incoming_files.ts";
import { DEFAULT_LIMITS, type Limits } from "../../server/settings/limit_settings.ts";
import { Quota, type Reservation } from "../../server/files/quota.ts";
import { addressKey } from "../../server/listening/admission/peer_addresses.ts";
import type { ConversationOptions } from "../../server/protocol3/conversation.ts";
import { Counters } from "../../server/observe/counters.ts";
import type { ServerCounter } from "../../server/run_server.ts";
import { openLog } from "../../server/observe/log.ts";
import type { NamedStorage } from "../../server/storage/storage.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import type { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import type { PlacedContents } from "../../server/storage/versions/placed_contents.ts";
import type { StagedContents, Store } from "../../server/storage/versions/store.ts";
import { committerOver } from "../storage/committer_over.ts";
import { expiredUploads } from "../../server/protocol3/uploads/expired_uploads.ts";
import { UploadsUnderWay } from "../../server/protocol3/uploads/uploads_under_way.ts";
import type { Clock } from "../../shared/clock.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { memoryCatalog } from "./memory_catalog.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { LenientClock } from "./lenient_clock.ts";

/** A log that goes nowhere. */
export const SILENT: Logger = getLogger(["sealpost-tests"]);

/** A line of a `recordedLog()`, taken apart. */
export type LoggedLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
};

/** The limits of a server in a test: the usual ones, but for files of no more than 16 MiB. */
export const LIMITS: Limits = { ...DEFAULT_LIMITS, fileSize: 1 << 24 };

/** How to open services for a test. */
export interface TestServicesOptions {
  /** Default: a new one in memory. */
  readonly store?: Store & PlacedContents;
  /** Those that differ from `LIMITS`. */
  readonly limits?: Partial<Limits>;
  /** The clock of requests and uploads. Default: one that no busy machine cuts short. */
  readonly clock?: Clock;
  /** Whether whole files without a verdict are kept. Default: true. */
  readonly keepUnverified?: boolean;
  /** The date for the catalog. Default: the system's. */
  readonly date?: Clock["date"];
}

/** What the connections of a server have in common, as far as a test wants to look at it. */
export interface Services extends ConversationOptions, NamedStorage {
  readonly limits: Limits;
  readonly counters: Counters<ServerCounter>;
  /** What is disposed of with the services: connections that a test leaves open. */
  readonly ending?: AsyncDisposableStack;
}

/** Services with a catalog of which a test can see everything. */
export interface TestServices extends Services, AsyncDisposable {
  readonly catalog: SqliteCatalog;
  readonly store: Store & PlacedContents;
}

/** Services over a storage, with counters of their own. */
export function servicesOver(
  { catalog, store, committer }: NamedStorage,
  {
    limits,
    counters = new Counters<ServerCounter>(),
    clock = SYSTEM_CLOCK,
    uploads = new UploadsUnderWay({ onExpired() {}, clock }),
    ending,
  }: {
    readonly limits: Limits;
    readonly clock?: Clock;
    readonly counters?: Counters<ServerCounter>;
    readonly uploads?: UploadsUnderWay;
    readonly ending?: AsyncDisposableStack;
  },
): Services {
  const quota = new Quota({ limits, catalog, store });
  return {
    ...{ catalog, store, committer, uploads, counters, limits, clock },
    files: new IncomingFiles({ store, committer, quota, counters }),
    identities: catalog,
    maxFileSize: limits.fileSize,
    claimTime: limits.claimTime,
    ...(ending && { ending }),
  };
}

/** Services, empty; to be disposed of, which fails no test but leaves nothing behind. */
export async function openServices(
  options: TestServicesOptions = {},
): Promise<TestServices> {
  const {
    store = new MemoryStore(),
    limits: changed,
    date = SYSTEM_CLOCK.date,
    keepUnverified = true,
    clock = new LenientClock(SYSTEM_CLOCK),
  } = options;
  const limits = { ...LIMITS, ...changed };
  const memory = await memoryCatalog(date);
  const { catalog } = memory;
  const counters = new Counters<ServerCounter>();
  const onExpired = expiredUploads({ keepUnverified, counters });
  const uploads = new UploadsUnderWay({ onExpired, clock });
  const committer = committerOver({ catalog, store });
  const ending = new AsyncDisposableStack();
  return {
    ...servicesOver({ catalog, store, committer }, { limits, uploads, counters, clock, ending }),
    ...{ catalog, store },
    async [Symbol.asyncDispose]() {
      await ending.disposeAsync();
      await uploads.clear();
      await memory[Symbol.asyncDispose]();
    },
  };
}

/** A reservation without a limit, which counts how often it is given back. */
export class Unlimited implements Reservation {
  disposed = 0;

  arrives(): undefined {
    return undefined;
  }

  [Symbol.dispose](): void {
    this.disposed += 1;
  }
}

/** A file whose contents go there, for tests in which it is not committed. */
export function incomingFile(
  staged: StagedContents,
  reservation: Reservation = new Unlimited(),
): IncomingFile {
  return new IncomingFile({
    ...{ clientId: NO_CLIENT_ID, staged, reservation, log: SILENT },
    counters: new Counters<ServerCounter>(),
    committer: { commit: () => Promise.reject(new Error("It is not to be committed")) },
  });
}

/**
 * The server's log with every line kept. There is one log in a process: the newest call counts.
 * `now` is the clock by which repeated lines are held back.
 */
export async function recordedLog(
  { clock = SYSTEM_CLOCK }: { readonly clock?: Pick<Clock, "now"> } = {},
): Promise<{
  readonly log: Logger;
  readonly lines: readonly LoggedLine[];
}> {
  const lines: LoggedLine[] = [];
  const log = await openLog({
    level: "debug",
    format: "json",
    colors: false,
    ...{ addressKey, clock },
    write: (line) => lines.push(JSON.parse(line)),
  });
  return { log, lines };
}

/** All files on record, by name, with the contents that lie in their place. */
export async function storedFiles(
  { catalog, store }: Pick<NamedStorage, "catalog" | "store">,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const stored: Record<string, Uint8Array> = {};
  for (const { fileName, location } of await catalog.files()) {
    const contents = await store.read(location);
    stored[fileName] = joined(contents ? await Array.fromAsync(contents) : []);
  }
  return stored;
}

/** How many contents a store in memory holds in staging. */
export function stagedCount(store: Store): number {
  return store instanceof MemoryStore ? store.memory.staged.size : NaN;
}

/** A store in memory whose staged contents can be made to fail, or to wait. */
export class TroubledStore extends MemoryStore {
  /** Called before each step of staged contents, which goes on as this does. Default: at once. */
  before: (step: "write" | "seal" | "place") => Promise<void> = () => Promise.resolve();

  override async stage(): Promise<StagedContents> {
    const staged = await super.stage();
    const before = (step: "write" | "seal" | "place") => this.before(step);
    return {
      name: staged.name,
      write: (bytes) => before("write").then(() => staged.write(bytes)),
      seal: () => before("seal").then(() => staged.seal()),
      discard: () => staged.discard(),
    };
  }

  override async place(staged: string, location: string): Promise<void> {
    await this.before("place");
    await super.place(staged, location);
  }
}
