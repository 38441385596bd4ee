import { messageOf } from "../text/message_of.ts";

/** What bytes can be written to: `Deno.stdout`, `Deno.stderr`. */
export interface OutputStream {
  /** Writes some of the bytes; how many. */
  writeSync(bytes: Uint8Array): number;
}

/**
 * Text for a stream that may be closed or full. Neither ends the program: from then on nothing is
 * written any more. That nobody reads on is no fault (`... | head` does that), that there is no room
 * is one.
 */
export class Output {
  readonly #stream: OutputStream;
  readonly #name: string;
  #ended = false;
  #fault: string | undefined;

  /** `name` is what a message calls the stream. */
  constructor(stream: OutputStream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  /** A line about why not all could be written; undefined when all was, or nobody wanted more. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Writes all of a text, as UTF-8, if it can. */
  write(text: string): void {
    if (this.#ended) return;
    try {
      for (let rest = new TextEncoder().encode(text); rest.byteLength > 0;) {
        rest = rest.subarray(this.#stream.writeSync(rest));
      }
    } catch (error) {
      this.#ended = true;
      if (error instanceof Deno.errors.BrokenPipe) return;
      const reason = messageOf(error);
      this.#fault = `Cannot write to ${this.#name}: ${reason}; make room for it`;
    }
  }
}

/** Columns as `read` says them, or 0 where the terminal does not tell. */
export function orZero(read: () => number): number {
  try {
    return read();
  } catch {
    return 0;
  }
}
