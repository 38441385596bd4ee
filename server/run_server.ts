import { keepReleasedMemory } from "../shared/release_memory.ts";
import { NO_CLIENT_ID } from "../shared/wire/client_id.ts";
import type { FilesCounter } from "./files/incoming_file.ts";
import { IncomingFiles } from "./files/incoming_files.ts";
import { Quota } from "./files/quota.ts";
import type { OpenListener } from "./listening/addresses.ts";
import {
  type ListeningCounter,
  type ServedListener,
  serveListeners,
  type ServeOptions,
} from "./listening/serve_listeners.ts";
import { Counters } from "./observe/counters.ts";
import { protocol3 } from "./protocol3/connection.ts";
import { expiredUploads, stoppedUploads } from "./protocol3/expired_uploads.ts";
import type { Protocol3Counter } from "./protocol3/protocol3_counter.ts";
import { UploadsUnderWay } from "./protocol3/uploads_under_way.ts";
import type { NamedStorage } from "./storage/storage.ts";

/** What a server counts, but for the page. */
export type ServerCounter = ListeningCounter | FilesCounter | Protocol3Counter;

export interface ServerOptions extends NamedStorage, Omit<ServeOptions, "counters"> {
  readonly listeners: readonly OpenListener[];
  /** Listeners for something else, which are served with them. Default: none. */
  readonly others?: readonly ServedListener[];
  /** Refuses all deviations from the protocol. */
  readonly strict: boolean;
  /** Whether to keep whole files on which their client gives no verdict. Default: true. */
  readonly keepUnverified?: boolean;
  /** Default: new ones. */
  readonly counters?: Counters<ServerCounter>;
}

/**
 * Serves all listeners as `serveListeners()` does, each with its protocol, and discards unfinished
 * files at the end.
 */
export async function runServer(options: ServerOptions): Promise<void> {
  const {
    listeners,
    log,
    catalog,
    store,
    committer,
    limits,
    strict,
    clock,
    keepUnverified = true,
  } = options;
  const { counters = new Counters<ServerCounter>(), others = [] } = options;
  keepReleasedMemory();
  const uploads = new UploadsUnderWay({
    clock,
    // A strict server serves no deviation, and a client that gives no verdict deviates.
    onExpired: expiredUploads({ keepUnverified: keepUnverified && !strict, counters }),
  });
  const { all } = await catalog.usage(NO_CLIENT_ID);
  if (all.files >= limits.files) {
    log.warn(
      "{files} files are stored, and --max-files is {limit}: new ones are refused, and those that " +
        "replace another are taken",
      { files: all.files, limit: limits.files },
    );
  }
  const quota = new Quota({ limits, catalog, store });
  const parts = {
    files: new IncomingFiles({ store, committer, quota, counters }),
    identities: catalog,
    uploads,
    counters,
    clock,
    maxFileSize: limits.fileSize,
    claimTime: limits.claimTime,
  };
  const served = listeners.map(({ listener, revision }) => {
    return { listener, protocol: protocol3({ ...parts, revision, strict }) };
  });
  try {
    await serveListeners([...served, ...others], { ...options, counters });
  } finally {
    stoppedUploads(uploads.parked, { counters });
    await uploads.clear();
    log.info("Stopped", counters.snapshot());
  }
}
