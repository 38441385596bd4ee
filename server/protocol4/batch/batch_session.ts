import type { Clock } from "../../../shared/clock.ts";
import { BatchParser } from "../../../shared/protocol4/batch/batch_parser.ts";
import {
  type BatchFrame,
  FrameError,
  type UnusableFrame,
} from "../../../shared/protocol4/batch/frame.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { blockHashNow } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import type { Contents } from "../../storage/contents/contents.ts";
import { problemFor } from "../http/answers.ts";
import { BodyCut, BodyEnded, type BodyReader } from "../http/body_reader.ts";
import type { Client } from "../identity/authenticate.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import type { AnswerStream } from "./answer_stream.ts";
import type { BatchSlot } from "./batch_slots.ts";
import type { GroupResult } from "./commit_group.ts";
import {
  changeOf,
  discardAll,
  type PendingEntry,
  pendingFile,
  pendingPlain,
} from "./pending_group.ts";

/** Entries after which a batch commits. */
const COMMIT_ENTRIES = 512;

/** Bytes that are taken apart at once: of the smallest frames a read may have 87,000. */
const APART: number = 64 * 1024;

/**
 * Bytes that may have been read and not be committed: what a crash makes the client send again. Of
 * each frame that is read `FRAME_OVERHEAD` bytes do not count, which is what a usual one has beside
 * contents, so that two files of 1 MiB are one group.
 */
const MOST_UNCOMMITTED: number = 2 * 1024 ** 2;
const FRAME_OVERHEAD = 256;

/** Bytes of the rest of a batch that are read and dropped at most, once it is refused. */
const MOST_DROPPED: number = 16 * 1024 ** 2;

/** Milliseconds without a byte after which a client is taken to wait for the end of the answers. */
const NO_MORE = 500;

/** Milliseconds without a byte after which a batch commits what has come. */
const SILENCE = 5;

/** The id of a refusal that is about the batch and none of its entries. */
export const BATCH_ITSELF = 0xffffffff;

export interface BatchSessionOptions {
  readonly client: Client;
  readonly body: BodyReader;
  readonly answers: AnswerStream;
  readonly slot: BatchSlot;
  readonly contents: Contents;
  /** The largest file, in bytes. */
  readonly fileSize: number;
  readonly clock: Pick<Clock, "after">;
  readonly peer: Peer;
  /** Records entries; throws a `ProblemError` if the client may not do that any more. */
  readonly commit: (entries: readonly PendingEntry[]) => Promise<GroupResult>;
  /** Called with the bytes of each piece that was read. */
  readonly onRead: (bytes: number) => void;
}

/** One batch: reads frames, commits groups of them, and tells what became of each. */
export class BatchSession {
  readonly #options: BatchSessionOptions;
  readonly #parser = new BatchParser();
  #pending: PendingEntry[] = [];
  /** Bytes that count for `MOST_UNCOMMITTED`, of what is pending and of what is being committed. */
  #uncommitted = { pending: 0, committing: 0 };
  /** The commit under way; the next group is read meanwhile. */
  #committing: Promise<void> = Promise.resolve();
  /** Why nothing more can be committed. */
  #failure: unknown;

  constructor(options: BatchSessionOptions) {
    this.#options = options;
  }

  /** Runs to the end of the body. Never rejects; of what has no answer then none was refused. */
  async run(): Promise<void> {
    const { answers, body, peer } = this.#options;
    try {
      await this.#readAll();
      this.#parser.end();
      await this.#commit();
      await this.#committing;
    } catch (thrown) {
      await this.#committing.catch(() => {});
      const error = this.#failure ?? thrown;
      if (error instanceof FrameError) {
        // What came before it in order is kept.
        await this.#commit().then(() => this.#committing).catch(() => {});
        answers.refuse(BATCH_ITSELF, new ProblemError("bad-frame", error.message));
        await this.#dropRest();
      } else if (error instanceof BodyEnded) {
        answers.refuse(BATCH_ITSELF, new ProblemError("server-stopping"));
      } else if (error instanceof BodyCut) {
        // What came whole is not asked for a second time: the next list has it.
        await this.#commit().then(() => this.#committing).catch(() => {});
      } else {
        answers.refuse(BATCH_ITSELF, problemFor(error));
        await this.#dropRest();
      }
      peer.log.debug("A batch ended early", { detail: String(error) });
    } finally {
      await discardAll(this.#pending).catch(() => {});
      // Before the answers: of a connection whose answer is over while its body is still read, the
      // runtime keeps its side for ever, with a descriptor and what it has not read.
      body.end(new BodyCut("Nothing more of the batch is read"));
      await body[Symbol.asyncDispose]();
      await answers.close();
    }
  }

  /**
   * Tells the answers, and reads what still comes: a client may take them only once it has sent all
   * of its batch. Never rejects.
   */
  async #dropRest(): Promise<void> {
    const { body, peer, answers } = this.#options;
    try {
      await answers.ready();
      for (let left = MOST_DROPPED; left > 0;) {
        const reading = body.read(left, { least: 1 });
        if (await this.#isSilent(reading, NO_MORE)) return;
        const bytes = await reading;
        if (bytes === undefined || !await peer.awaitTurn()) return;
        left -= bytes.byteLength;
      }
    } catch {
      // The client has left, or it takes no answers, or the server stops.
    }
  }

  async #readAll(): Promise<void> {
    const { body, peer, answers, onRead } = this.#options;
    for (;;) {
      const reading = body.read(await this.#mayRead(), { least: 1 });
      await this.#commitInSilence(reading);
      const bytes = await reading;
      if (bytes === undefined) return;
      if (!await peer.awaitTurn()) throw new BodyCut("The connection has ended");
      onRead(bytes.byteLength);
      peer.slot.moved(bytes.byteLength);
      for (let at = 0; at < bytes.byteLength; at += APART) {
        await this.#acceptAll(bytes.subarray(at, at + APART));
        await answers.ready();
      }
    }
  }

  /** Bytes that may be read next, once some may be. */
  async #mayRead(): Promise<number> {
    for (;;) {
      const free = MOST_UNCOMMITTED - this.#uncommitted.pending - this.#uncommitted.committing -
        counted(this.#parser.waiting);
      if (free > FRAME_OVERHEAD) return free;
      if (this.#pending.length > 0) await this.#commit();
      else await this.#committing;
    }
  }

  async #acceptAll(bytes: Uint8Array): Promise<void> {
    const frames: { readonly frame: BatchFrame | UnusableFrame; readonly size: number }[] = [];
    try {
      this.#parser.push(bytes, (frame, size) => frames.push({ frame, size }));
    } finally {
      for (const { frame, size } of frames) {
        // Refused at once: a promise and an error for each of thousands would take longer.
        if (frame.type === "unusable") this.#options.answers.refuse(frame.id, frame);
        else await this.#accept(frame, size);
      }
    }
  }

  /** Commits what has come, unless more comes within a few milliseconds. */
  async #commitInSilence(reading: Promise<unknown>): Promise<void> {
    if (this.#pending.length > 0 && await this.#isSilent(reading, SILENCE)) await this.#commit();
  }

  /** Whether a read takes so many milliseconds. Never rejects. */
  async #isSilent(reading: Promise<unknown>, milliseconds: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const cancel = this.#options.clock.after(milliseconds, () => resolve(true));
    const silent = await Promise.race([promise, reading.then(() => false, () => false)]);
    cancel();
    return silent;
  }

  async #accept(frame: BatchFrame, size: number): Promise<void> {
    if (frame.type === "flush") return await this.#commit();
    const { answers, slot } = this.#options;
    try {
      this.#pending.push(await this.#entryOf(frame));
    } catch (error) {
      answers.refuse(frame.id, problemFor(error));
      if (answers.full) await answers.ready();
      return;
    }
    this.#uncommitted.pending += counted(size);
    if (this.#pending.length >= COMMIT_ENTRIES || this.#uncommitted.pending >= slot.commitBytes) {
      await this.#commit();
    }
  }

  async #entryOf(frame: Exclude<BatchFrame, { type: "flush" }>) {
    const { client, contents, fileSize } = this.#options;
    const { id, metadata } = frame;
    const change = changeOf(metadata, client);
    if (frame.type === "folder") return pendingPlain(id, { kind: "folder", ...change });
    const { link: target } = metadata;
    if (target !== undefined) return pendingPlain(id, { kind: "link", ...change, target });
    const { content, sha256 } = frame;
    if (content.byteLength > fileSize) {
      throw new ProblemError("file-too-large", `A file may have ${fileSize} bytes`);
    }
    if (!sameBytes(blockHashNow(content), sha256)) throw new ProblemError("content-mismatch");
    return await pendingFile(contents, { id, content, sha256, change });
  }

  /** Begins to commit what has come, once the commit before is done. */
  async #commit(): Promise<void> {
    await this.#committing;
    const entries = this.#pending;
    if (entries.length === 0) return;
    this.#pending = [];
    this.#uncommitted = { pending: 0, committing: this.#uncommitted.pending };
    const { commit, answers, peer } = this.#options;
    const committing = async () => {
      using _pinned = peer.pin();
      try {
        answers.tell(await commit(entries));
      } catch (error) {
        const problem = problemFor(error);
        answers.tell({ done: [], refused: entries.map(({ id }) => ({ id, problem })) });
        throw error;
      } finally {
        this.#uncommitted.committing = 0;
        await discardAll(entries).catch(() => {});
      }
    };
    this.#committing = committing();
    this.#committing.catch((error: unknown) => {
      this.#failure = error;
      this.#options.body.end(new BodyCut("A commit failed"));
    });
  }
}

/** Bytes of a frame, or of its beginning, that count for `MOST_UNCOMMITTED`. */
function counted(size: number): number {
  return Math.max(0, size - FRAME_OVERHEAD);
}
