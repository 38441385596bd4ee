import type { Clock } from "../../../shared/clock.ts";
import { Alarm } from "../deadlines/alarm.ts";

/**
 * Milliseconds without a request, or without anything of an answer to what is read meanwhile, after
 * which an inner server is told that no more come: it drops what it works on then.
 */
export const LAST_REQUEST = 1_000;

/**
 * Milliseconds in which some of the answers has to be sent to a client that has ended its input: it
 * may be gone, and over HTTP/2 nothing is sent by which that would show if it gives no window.
 */
export const STANDSTILL = 60_000;

/**
 * How many times as many bytes as came a piece of an answer has at least. A server of HTTP/2
 * answers PINGs and settings with as many, or 39 for 17 with the records of TLS around them, and of
 * a file it sends kilobytes for each 70 by which its client asks for more.
 */
const ANSWERED = 4;

/** How many times as many bytes as came the answers to PINGs have at most: 39 for 17. */
const ECHOED = 2.5;

/**
 * The most bytes without an answer that count: who sends so many PINGs keeps a connection as who
 * sends a file, and a client may take slowly what is behind a large body that was refused.
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
  /** Bytes, but for bodies, that came since a request began or a piece of an answer was sent. */
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

  /** Whether none is under way, nor can be on its way: nothing came that was not answered. */
  get isQuiet(): boolean {
    return this.#all.size === 0 && this.#unanswered === 0;
  }

  /** Whether more of a body is due from the client. */
  get bodyDue(): boolean {
    return this.#all.values().some(({ body, answered }) => body && !answered);
  }

  /** Whether a handler answers what it is still reading, as in a batch. */
  get answersAhead(): boolean {
    return this.#all.values().some(answersAhead);
  }

  /** Whether such a handler works on nothing: it may wait for the client. */
  get readingOn(): boolean {
    return this.#all.values().some((request) => answersAhead(request) && request.works === 0);
  }

  /** Whether the client waits for an answer: it has nothing to send, or the server works on it. */
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

  /** Counts bytes that came. */
  came(bytes: number): void {
    if (this.bodyDue) return;
    this.#unanswered = Math.min(MOST_UNANSWERED, this.#unanswered + bytes);
  }

  /** Whether bytes to be sent are those of an answer: others do not keep a connection. */
  isAnswer(bytes: number): boolean {
    const isAnswer = bytes > ANSWERED * this.#unanswered;
    // The others answer what came: it is not held against what is sent later.
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
   * Resolves when what a client sent before it ended its input was answered; with false if it takes
   * nothing of the answers.
   */
  async last({ clock, over, sending, stopping }: {
    readonly clock: Clock;
    /** Whether nothing more can be answered. */
    readonly over: () => boolean;
    /** Whether the client has yet to take a part of an answer. */
    readonly sending: () => boolean;
    /** Whether the server is to stop: then it waits for less. */
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
