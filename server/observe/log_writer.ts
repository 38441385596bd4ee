/** What lines are written to: `Deno.stderr`. */
export interface LogStream {
  /** Writes some of the bytes; how many. May take for ever. */
  readonly write: (bytes: Uint8Array) => Promise<number>;
}

/** How lines are written. */
export interface LogWriterOptions {
  /** Characters that may wait to be written. Default: 1 MiB. */
  readonly room?: number;
  /** Milliseconds until a write that failed is tried again. Default: 1 s. */
  readonly pause?: number;
  /** A line found no room. */
  readonly onDropped: () => void;
  /** There is room again, after so many lines that found none. May write a line. */
  readonly onRoom: (dropped: number) => void;
}

/** Characters that wait at the most. */
const ROOM = 1024 * 1024;

/** Milliseconds until a write that failed is tried again. */
const PAUSE = 1_000;

/** The same, where the stream only could not take it at once. */
const SHORT_PAUSE = 20;

/** Milliseconds that what is left may take at the end. */
const LAST_LINES = 2_000;

/** Characters that are written in one go. */
const CHUNK = 64 * 1024;

/**
 * Writes lines beside the work of the process, which never waits for them: a pipe that is not read,
 * or a disk without room, costs lines, and nothing else. What waits is bounded, lines beyond it are
 * dropped and counted, and a write that failed is tried again until it works.
 */
export class LogWriter implements AsyncDisposable {
  readonly #stream: LogStream;
  readonly #options: LogWriterOptions;
  #lines: string[] = [];
  /** Characters of `#lines`. */
  #size = 0;
  #dropped = 0;
  #writing: Promise<void> | undefined;

  constructor(stream: LogStream, options: LogWriterOptions) {
    this.#stream = stream;
    this.#options = options;
  }

  /** Takes a line, which is written soon, or dropped where too many wait already. */
  write(line: string): void {
    const { room = ROOM, onDropped } = this.#options;
    // After a line that was dropped comes none until that is told.
    if (this.#dropped > 0 || this.#size + line.length > room) {
      this.#dropped += 1;
      return onDropped();
    }
    this.#lines.push(line);
    this.#size += line.length;
    this.#writing ??= this.#writeAll();
  }

  /** Resolves when all lines are written, but not later than after so many milliseconds. */
  async flush(limit: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, limit));
    await Promise.race([this.#writing, late]);
    clearTimeout(timer);
  }

  /** Waits for what is left, two seconds at the most: a pipe may never be read. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush(LAST_LINES);
  }

  async #writeAll(): Promise<void> {
    const { room = ROOM } = this.#options;
    while (this.#lines.length > 0) {
      await this.#write(new TextEncoder().encode(this.#take()));
      if (this.#dropped > 0 && this.#size <= room / 2) {
        const dropped = this.#dropped;
        this.#dropped = 0;
        this.#options.onRoom(dropped);
      }
    }
    this.#writing = undefined;
  }

  /** Takes lines off that are written in one go. */
  #take(): string {
    let [count, size] = [0, 0];
    while (count < this.#lines.length && size < CHUNK) size += this.#lines[count++]?.length ?? 0;
    this.#size -= size;
    return this.#lines.splice(0, count).join("");
  }

  /** Writes all of the bytes, however long that takes. */
  async #write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      try {
        rest = rest.subarray(await this.#stream.write(rest));
      } catch (error) {
        const { pause = PAUSE } = this.#options;
        const wait = error instanceof Deno.errors.WouldBlock ? SHORT_PAUSE : pause;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }
}
