import type { Clock } from "../../../shared/clock.ts";
import { Alarm } from "../deadlines/alarm.ts";

/**
 * Milliseconds after which an inner server is told that no more requests come, so that it drops
 * what it works on. They begin again with each request, and with each part of an answer that is
 * sent while its request is still read.
 */
export const LAST_REQUEST = 1_000;

/**
 * Milliseconds in which a client that has ended its input has to accept part of an answer. It may
 * be gone: a client of HTTP/2 without an open window is sent nothing whose loss would show that.
 */
export const STANDSTILL = 60_000;

/**
 * The least ratio of bytes sent to bytes received at which those sent are part of an answer. A
 * server of HTTP/2 replies to PINGs and settings with as many bytes (39 for 17 with the records of
 * TLS), but sends kilobytes of a file for each 70 bytes of window updates.
 */
const ANSWERED = 4;

/** The greatest such ratio of replies to PINGs: 39 bytes for 17. */
const ECHOED = 2.5;

/**
 * The most unanswered bytes that are counted. A client that sends more PINGs than this keeps its
 * connection, as one that uploads does. Without a maximum, a client that had a large body refused
 * could not download slowly afterwards.
 */
const MOST_UNANSWERED: number = 1024 ** 2;

/** A request that came through a pipe. */
export interface PipedRequest {
  /** Whether the client may still be sending its body. */
  readonly body: boolean;
  /** Whether its handler has returned. */
  answered: boolean;
  /** How often the handler said that it works on something, and the client has to wait. */
  works: number;
  /** Aborted when no more of its body comes: the runtime does not end one that is answered. */
  readonly left: AbortController;
}

/** The requests under way on one connection: whom is waited for, the client or the server? */
export class PipedRequests {
  readonly #all = new Set<PipedRequest>();
  #begun = 0;
  /** Bytes received, bodies excluded, since a request began or part of an answer was sent. */
  #unanswered = 0;
  #onChange: () => void = () => {};

  /** How many have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** How many have begun, and are not sent to their end. */
  get underWay(): number {
    return this.#all.size;
  }

  /** Whether no request is under way, and no received bytes can be the beginning of one. */
  get isQuiet(): boolean {
    return this.#all.size === 0 && this.#unanswered === 0;
  }

  /** Whether more of a body is due from the client. */
  get bodyDue(): boolean {
    return this.#all.values().some(({ body, answered }) => body && !answered);
  }

  /** Whether a handler has begun its answer and still reads the body, as for a batch. */
  get answersAhead(): boolean {
    return this.#all.values().some(answersAhead);
  }

  /** Whether such a handler has nothing to work on, and may be waiting for the client. */
  get readingOn(): boolean {
    return this.#all.values().some((request) => answersAhead(request) && request.works === 0);
  }

  /** Whether the client waits for the server: its body is complete, or a handler is at work. */
  get answerDue(): boolean {
    return this.#all.values().some(({ body, answered, works }) => works > 0 || !answered && !body);
  }

  /** Adds a request; `body` if its client may have more to send. */
  begin({ body }: { readonly body: boolean }): PipedRequest {
    const request = { body, answered: false, works: 0, left: new AbortController() };
    this.#all.add(request);
    this.#begun++;
    this.#unanswered = 0;
    this.#onChange();
    return request;
  }

  /** Counts received bytes. */
  came(bytes: number): void {
    if (this.bodyDue) return;
    this.#unanswered = Math.min(MOST_UNANSWERED, this.#unanswered + bytes);
  }

  /** Whether bytes to be sent are part of an answer; replies to PINGs do not keep a connection. */
  isAnswer(bytes: number): boolean {
    const isAnswer = bytes > ANSWERED * this.#unanswered;
    // Replies to PINGs use up the bytes that they reply to.
    this.#unanswered = isAnswer ? 0 : Math.max(0, this.#unanswered - bytes / ECHOED);
    return isAnswer;
  }

  /** Says that the client sends no more. */
  leave(): void {
    for (const { left } of this.#all) left.abort();
  }

  /** Removes a request, whose answer was sent or given up. */
  end(request: PipedRequest): void {
    this.#all.delete(request);
    request.left.abort();
    this.#onChange();
  }

  /**
   * Resolves when all that a client sent before it ended its input is answered; with false if the
   * client accepts nothing of the answers.
   */
  async last({ clock, over, sending, stopping }: {
    readonly clock: Clock;
    /** Whether nothing more can be answered. */
    readonly over: () => boolean;
    /** Whether the client has yet to take a part of an answer. */
    readonly sending: () => boolean;
    /** Whether the server is stopping: the limit is shorter then. */
    readonly stopping: () => boolean;
  }): Promise<boolean> {
    let late = false;
    using alarm = new Alarm(clock, () => {
      late = true;
      this.rouse();
    });
    // The handler of a body that was cut has to be told.
    while (!over() && !this.bodyDue) {
      const { underWay, readingOn } = this;
      const limit = sending() ? Infinity : this.#limit(stopping() ? LAST_REQUEST : STANDSTILL);
      if (limit === Infinity) alarm.clear();
      else if (!late) alarm.set(limit);
      else if (readingOn) this.leave();
      else return underWay === 0;
      late = false;
      await this.changed();
    }
    return true;
  }

  /** Milliseconds in which something has to change, when nothing is being sent. */
  #limit(standstill: number): number {
    if (this.readingOn || this.underWay === 0) return LAST_REQUEST;
    const isWorkedOn = this.#all.values().some(({ answered, works }) => !answered || works > 0);
    return isWorkedOn ? Infinity : standstill;
  }

  /** Resolves when a request has begun or ended, or at `rouse()`. Not to be called again before. */
  changed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onChange = resolve;
    return promise;
  }

  /** Ends the wait for a change. */
  rouse(): void {
    this.#onChange();
  }
}

function answersAhead({ body, answered, left }: PipedRequest): boolean {
  return body && answered && !left.signal.aborted;
}
