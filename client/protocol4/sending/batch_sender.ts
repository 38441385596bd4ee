import type { Clock } from "../../../shared/clock.ts";
import { AnswerParser } from "../../../shared/protocol4/batch/answer_parser.ts";
import {
  type BatchAnswer,
  FrameError,
  MAX_UNANSWERED,
} from "../../../shared/protocol4/batch/frame.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { ClientError } from "../../client_error.ts";
import { isBusy } from "../../network/busy_wait.ts";
import { resumed } from "../../network/waits.ts";
import type { Sendable, SendEvents } from "../../remote/tree_sender.ts";
import type { AnswerBody } from "../connection/answer_body.ts";
import {
  badAnswer,
  expectStatus,
  isTokenOver,
  LostConnection,
  refused,
} from "../connection/errors.ts";
import type { Session } from "../session.ts";
import { entryFrame } from "./entry_frame.ts";
import { ComingEntries } from "./entry_queue.ts";

/** Bytes of frames that are written together. */
const WRITE_SIZE = 48 * 1024;

/** The id in a refusal that is about the batch and none of its entries. */
const BATCH_ITSELF = 0xffff_ffff;

/** Milliseconds without an entry after which a request is ended, and what it has is sent. */
const REST = 2_000;

export interface BatchOptions {
  readonly session: Pick<Session, "request" | "busyRetry">;
  readonly events: SendEvents;
  /** How often what had no answer is sent again when no answer came at all. */
  readonly retries: number;
  /** Milliseconds to wait for an answer when no more may be sent before one. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** An entry that was sent and has no answer. */
interface Unanswered {
  readonly id: number;
  readonly sendable: Sendable;
  readonly size: number;
  tag: string | undefined;
}

/**
 * Sends small files, folders and links in one request, without waiting for the answers. What had no
 * answer when the connection was lost is sent again, and nothing else.
 */
export class BatchSender {
  readonly #options: BatchOptions;
  readonly #entries: ComingEntries;
  readonly #unanswered = new Map<number, Unanswered>();
  #bytes = 0;
  #nextId = 0;
  #isOver = false;
  /** Resolves when all that was begun was told to be on its way. */
  #told: Promise<void> = Promise.resolve();
  /** Answers that came since the last loss. */
  #answers = 0;
  #wake = () => {};
  /** Whether the request was ended since there was nothing to send. */
  #rested = false;
  /** Pieces of all requests so far. */
  #written = 0;
  /** Why an entry was refused that may be taken later: it is sent again, with the next request. */
  #busy: ClientError | undefined;

  /** `entries`: files of at most 1 MiB, folders and links. */
  constructor(entries: AsyncIterable<Sendable>, options: BatchOptions) {
    this.#options = options;
    this.#entries = new ComingEntries(entries);
  }

  /** Sends all. Throws a `ClientError` when it cannot go on. */
  async run(): Promise<void> {
    const isDone = () => this.#isOver && this.#unanswered.size === 0;
    await resumed({
      isDone,
      goOn: async () => {
        // No request waits for what is to be sent: the server would end it.
        const isOver = this.#unanswered.size === 0 && (await this.#entries.peek()).done;
        if (isOver) return void (this.#isOver = true);
        this.#answers = 0;
        this.#rested = false;
        this.#busy = undefined;
        await this.#request();
        if (this.#busy !== undefined) throw this.#busy;
        if (this.#unanswered.size === 0 && (this.#isOver || this.#rested)) return;
        throw new LostConnection("connection-lost", "The server's answers to a batch were cut");
      },
      afterLoss: (error) => {
        if (!(error instanceof LostConnection) && !isBusy(error)) throw error;
        return this.#answers > 0;
      },
    }, { ...this.#options, busyRetry: () => this.#options.session.busyRetry() });
  }

  async #request(): Promise<void> {
    const body = () => ({ size: undefined, pieces: this.#pieces() });
    const headers = { "content-type": "application/octet-stream" };
    const request = { method: "POST", path: "/v4/batch", headers, body, streams: true };
    const answer = await expectStatus(await this.#options.session.request(request), {
      ...{ statuses: [200], doing: "take files" },
    });
    const endRests = this.#endRests();
    try {
      await this.#readAnswers(answer.body);
    } finally {
      endRests();
      answer.body.cancel();
      this.#wake();
      this.#entries.rest();
      // The source belongs to the next request from then on.
      await answer.sent;
    }
  }

  /** Reads answers to their end. Throws what the body throws, and `bad-answer`. */
  async #readAnswers(body: AnswerBody): Promise<void> {
    const parser = new AnswerParser();
    const buffer = new Uint8Array(16 * 1024);
    const onAnswer = (each: BatchAnswer) => {
      this.#onAnswer(each);
      body.progressed();
    };
    try {
      for (;;) {
        const size = await body.readSteadily(buffer);
        if (size === undefined) break;
        parser.push(buffer.subarray(0, size), onAnswer);
      }
      parser.end();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      throw badAnswer(`answered a batch with what is no answer (${error.message})`);
    }
  }

  /** From now on ends the request when nothing was sent for a while; the result stops that. */
  #endRests(): () => void {
    const { clock } = this.#options;
    let before = this.#written;
    const look = () => {
      if (this.#written === before) {
        this.#rested = true;
        this.#entries.rest();
      }
      before = this.#written;
      callOff = clock.after(REST, look);
    };
    let callOff = clock.after(REST, look);
    return () => callOff();
  }

  /** Frames for what had no answer, and then for what comes, some together. */
  async *#pieces(): AsyncGenerator<Uint8Array> {
    let frames: Uint8Array[] = [];
    let size = 0;
    const gather = (frame: Uint8Array | undefined): boolean => {
      if (frame === undefined) return false;
      frames.push(frame);
      size += frame.byteLength;
      return size >= WRITE_SIZE;
    };
    const together = async (): Promise<Uint8Array> => {
      // What a run that is killed has sent is known to the next one as its own.
      await this.#told;
      const piece = joined(...frames);
      [frames, size] = [[], 0];
      this.#written++;
      return piece;
    };
    for (const each of [...this.#unanswered.values()]) {
      if (gather(await this.#frame(each))) yield await together();
    }
    while (this.#busy === undefined) {
      if (!this.#mayBegin) {
        if (size > 0) yield await together();
        await this.#untilFree();
        if (this.#busy !== undefined) break;
      }
      const next = await this.#entries.take();
      if (next === undefined) break;
      this.#isOver = next.done === true;
      if (next.done) break;
      if (gather(await this.#frame(this.#begin(next.value)))) yield await together();
    }
    if (size > 0) yield await together();
  }

  get #mayBegin(): boolean {
    return this.#unanswered.size < MAX_UNANSWERED.files && this.#bytes < MAX_UNANSWERED.bytes;
  }

  /** Waits for answers until more may be sent. Throws a `LostConnection` when none comes. */
  async #untilFree(): Promise<void> {
    const { clock, timeout } = this.#options;
    while (!this.#mayBegin && this.#busy === undefined) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      this.#wake = () => resolve(true);
      const callOff = clock.after(timeout, () => resolve(false));
      const before = this.#answers;
      await promise;
      callOff();
      if (this.#answers === before) {
        throw new LostConnection("no-answer", "The server does not answer what it was sent");
      }
    }
  }

  #begin(sendable: Sendable): Unanswered {
    const { entry } = sendable;
    const id = this.#nextId++;
    const size = entry.kind === "file" ? entry.size : 0;
    const begun = { id, sendable, size, tag: undefined };
    this.#unanswered.set(id, begun);
    this.#bytes += size;
    return begun;
  }

  /** The frame of an entry; undefined if it cannot be read, which is told. */
  async #frame(begun: Unanswered): Promise<Uint8Array | undefined> {
    const { id, sendable } = begun;
    const { entry } = sendable;
    const { onSending, onFailed } = this.#options.events;
    try {
      const { frame, tag } = await entryFrame(id, sendable);
      if (tag !== undefined) this.#told = Promise.resolve(onSending?.(entry, tag));
      if (entry.kind === "file") begun.tag = tag;
      return frame;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#end(begun);
      onFailed(entry, error);
      return undefined;
    }
  }

  #onAnswer(answer: BatchAnswer): void {
    if (answer.type === "refused" && answer.id !== BATCH_ITSELF && isBusy(refused("", answer))) {
      const { entry } = this.#answered(answer.id).sendable;
      this.#busy = refused(quotedPath(entry.to.join("/")), answer);
      this.#entries.rest();
      return this.#wake();
    }
    if (answer.type === "done" || !isTokenOver(answer.reason)) this.#answers++;
    if (answer.type === "done") {
      if (answer.ids.length === 0) throw badAnswer("answered a batch with nothing");
      for (const id of answer.ids) this.#done(this.#answered(id));
    } else if (answer.id === BATCH_ITSELF) {
      if (answer.reason === "server-stopping" || isTokenOver(answer.reason)) {
        throw new LostConnection("connection-lost", "The server has ended the batch");
      }
      throw refused("the batch", answer);
    } else {
      const begun = this.#answered(answer.id);
      this.#end(begun);
      const { entry } = begun.sendable;
      this.#options.events.onFailed(entry, refused(quotedPath(entry.to.join("/")), answer));
    }
    this.#wake();
  }

  #done(begun: Unanswered): void {
    this.#end(begun);
    const { events } = this.#options;
    const { entry } = begun.sendable;
    if (entry.kind === "file") events.onProgress(entry, entry.size);
    events.onSent(entry, begun.tag);
  }

  #answered(id: number): Unanswered {
    const begun = this.#unanswered.get(id);
    if (begun === undefined) throw badAnswer("answered about a file that it was not sent");
    return begun;
  }

  #end({ id, size }: Unanswered): void {
    if (this.#unanswered.delete(id)) this.#bytes -= size;
  }
}
