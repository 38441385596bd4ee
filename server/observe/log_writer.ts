import { type Clock, pause } from "../../shared/clock.ts";

/** The stream for lines, such as `Deno.stderr`. */
export interface LogStream {
  /** Writes some of the bytes and returns their number. May never resolve. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
}

export interface LogWriterOptions {
  readonly clock: Clock;
  /** Maximum characters that wait to be written. Default: 1 MiB. */
  readonly mostWaiting?: number;
  /** Called when a line is dropped for lack of space. */
  readonly onDropped: () => void;
  /** Called when there is space again, with the number of dropped lines. May write a line. */
  readonly onResumed: (dropped: number) => void;
}

/** Maximum characters that wait. */
const MOST_WAITING = 1024 * 1024;

/** Milliseconds until a failed write is retried. */
const PAUSE = 1_000;

/** The same, if the stream was only busy. */
const SHORT_PAUSE = 20;

/**
 * Milliseconds between two writes, so that one call takes many lines: a call costs as much time as
 * to format ten lines.
 */
const GATHERING = 10;

/** Maximum milliseconds for the remaining lines at the end. */
const LAST_LINES = 2_000;

/** Characters written in one call. */
const CHUNK = 64 * 1024;

/**
 * Writes lines in the background; the process never waits for them. If a pipe is not read, or a
 * disk is full, only lines are lost. The queue is bounded: lines beyond it are dropped and counted.
 * A failed write is retried until it succeeds.
 */
export class LogWriter implements AsyncDisposable {
  readonly #stream: LogStream;
  readonly #options: LogWriterOptions;
  #lines: string[] = [];
  /** Characters of `#lines`. */
  #size = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  /** The number of calls of `flush()` under way. */
  #flushes = 0;
  /** Ends the wait for more lines. */
  #stopGathering = () => {};

  constructor(stream: LogStream, options: LogWriterOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Queues a line, or drops it if too many wait already. */
  write(line: string): void {
    const { mostWaiting = MOST_WAITING, onDropped } = this.#options;
    // After a dropped line, no line is queued until the gap has been reported.
    if (this.#dropped > 0 || this.#size + line.length > mostWaiting) {
      this.#dropped += 1;
      onDropped();
    } else {
      this.#lines.push(line);
      this.#size += line.length;
    }
    // Also after a dropped line: nothing else would report one that is longer than the limit.
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all lines are written, or after `limit` milliseconds. */
  async flush(limit: number): Promise<void> {
    let cancel = () => {};
    this.#flushes += 1;
    this.#stopGathering();
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(limit, resolve);
    });
    await Promise.race([this.#writing, late]);
    cancel();
    this.#flushes -= 1;
  }

  /** Waits for the remaining lines, two seconds at most: a pipe may never be read. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush(LAST_LINES);
  }

  async #writeAll(): Promise<void> {
    const { mostWaiting = MOST_WAITING } = this.#options;
    do {
      await this.#write(new TextEncoder().encode(this.#take()));
      if (this.#dropped > 0 && this.#size <= mostWaiting / 2) {
        const dropped = this.#dropped;
        this.#dropped = 0;
        this.#options.onResumed(dropped);
      }
      if (this.#size < CHUNK) await this.#gather();
    } while (this.#lines.length > 0);
    this.#writing = undefined;
  }

  /** Lets more lines come, unless a flush is under way. */
  async #gather(): Promise<void> {
    if (this.#flushes > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(GATHERING, resolve);
    this.#stopGathering = resolve;
    await promise;
    cancel();
  }

  /** Removes the lines for one call from the queue. */
  #take(): string {
    let [count, size] = [0, 0];
    while (count < this.#lines.length && size < CHUNK) size += this.#lines[count++]?.length ?? 0;
    this.#size -= size;
    return this.#lines.splice(0, count).join("");
  }

  /** Writes all of the bytes. */
  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      try {
        rest = rest.subarray(await this.#stream.write(rest));
      } catch (error) {
        const isBusy = error instanceof Deno.errors.WouldBlock;
        await pause(this.#options.clock, isBusy ? SHORT_PAUSE : PAUSE);
      }
    }
  }
}
