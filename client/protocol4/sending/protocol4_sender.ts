import { MAX_BATCH_CONTENT } from "../../../shared/protocol4/batch/frame.ts";
import type { Clock } from "../../../shared/clock.ts";
import { ClientError } from "../../client_error.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import type { Sendable, SendEvents, StreamTarget, TreeSender } from "../../remote/tree_sender.ts";
import type { Session } from "../session.ts";
import { EntryQueue } from "./entry_queue.ts";

/** Entries that wait for the batch: more than it gathers for a write. */
const WAITING = 256;

/**
 * Large files that are sent at a time, unless the user says otherwise: one is read and hashed while
 * the end of another is synced by the server. One fills a fast network by itself; `--parallel` is
 * for slow ones with long round trips.
 */
const UPLOADS = 2;

export interface SenderOptions {
  readonly session: Pick<Session, "request" | "busyRetry">;
  readonly retries: number;
  /** Milliseconds to wait for anything from the server. */
  readonly timeout: number;
  readonly clock: Clock;
  /** The folder of the leaves of files that are on their way. Default: none are kept. */
  readonly leaves?: string;
  /** Large files that are sent at a time. Default: `UPLOADS`. */
  readonly uploads?: number | undefined;
}

/** Sends small entries in a batch, and large files as uploads beside it. */
export class Protocol4Sender implements TreeSender {
  readonly #options: SenderOptions;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  async send(entries: AsyncIterable<Sendable>, events: SendEvents): Promise<void> {
    const { uploads: most = UPLOADS } = this.#options;
    const small = new EntryQueue<Sendable>(WAITING);
    let batch: Promise<void> | undefined;
    const uploads = new Set<Promise<void>>();
    let fault: { readonly error: unknown } | undefined;
    const orFault = (work: Promise<void>): Promise<void> =>
      work.catch((error) => {
        fault ??= { error };
        small.end();
      });
    for await (const sendable of entries) {
      if (fault !== undefined) break;
      const { entry } = sendable;
      if (entry.kind === "file" && entry.size > MAX_BATCH_CONTENT) {
        const upload = orFault(this.#upload({ ...sendable, entry }, events))
          .finally(() => uploads.delete(upload));
        uploads.add(upload);
        if (uploads.size >= most) await Promise.race(uploads);
      } else {
        batch ??= orFault(this.#batch(small, events));
        await small.push(sendable);
      }
    }
    small.end();
    await Promise.all([batch, ...uploads]);
    if (fault !== undefined) throw fault.error;
  }

  async sendStream(source: AsyncIterable<Uint8Array>, target: StreamTarget): Promise<string> {
    const { sendStream } = await import("./stream_sender.ts");
    return await sendStream(source, target, this.#options);
  }

  async #batch(entries: AsyncIterable<Sendable>, events: SendEvents): Promise<void> {
    const { BatchSender } = await import("./batch_sender.ts");
    await new BatchSender(entries, { ...this.#options, events }).run();
  }

  /** Sends one file; an error of the file alone is told. */
  async #upload(
    sendable: Sendable & { readonly entry: LocalFileEntry },
    events: SendEvents,
  ): Promise<void> {
    const { entry } = sendable;
    try {
      const { sendUpload } = await import("./upload_sender.ts");
      const tag = await sendUpload(sendable, { ...this.#options, ...events });
      events.onSent(entry, tag);
    } catch (error) {
      if (!(error instanceof ClientError) || error.hopeless) throw error;
      events.onFailed(entry, error);
    }
  }
}
