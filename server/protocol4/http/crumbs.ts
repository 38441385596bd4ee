import { setImmediate } from "node:timers";
import { ProblemError } from "../../../shared/protocol4/problem.ts";

/** Pieces after which everything else has its turn, if they have less than `SMALL` bytes each. */
const AT_ONCE = 64;
const SMALL = 1024;

/** Rounds of the event loop, in one of which the runtime asks the system for new input. */
const ROUNDS = 64;

/**
 * Pieces that every body may have together with others; from then on one for each `LEAST` bytes.
 * One that comes by itself is as slow as its client, and does not count.
 */
const FREE = 256;
const LEAST = 16;

/**
 * Refuses such a body. The answer closes the connection, and the body is cancelled only after that:
 * else the runtime reads what is left by itself, with nothing else between.
 */
export class CrumbsError extends ProblemError {
  constructor() {
    super("bad-request", `The body comes in pieces of less than ${LEAST} bytes`);
  }
}

/**
 * Bounds what the pieces of a body cost: chunks of HTTP/1.1 and frames of HTTP/2, of which each
 * takes the runtime as long as some 10 KB of a large one. Reads of pieces that have arrived follow
 * one another without anything else between them, for seconds if there are 100,000
 * ([decision 0139](../../../docs/decisions/0139-bodies-in-crumbs.md)).
 */
export class Crumbs {
  /** Those that came together with others. */
  #pieces = 0;
  #bytes = 0;
  /** The same since everything else had its turn. */
  #lately = { pieces: 0, bytes: 0 };
  /** Whether the end of this round of the event loop is awaited. */
  #waiting = false;

  /**
   * Counts a piece. Returns what has to be awaited before the next one is read, if anything has.
   * Throws a `CrumbsError` if there are too many for what they have brought.
   */
  count(bytes: number): Promise<void> | undefined {
    const lately = this.#lately;
    if (lately.pieces > 0) this.#pieces += 1;
    this.#bytes += bytes;
    if (this.#pieces > FREE + this.#bytes / LEAST) throw new CrumbsError();
    if (bytes < SMALL) this.#awaitRound();
    lately.pieces += 1;
    lately.bytes += bytes;
    if (lately.pieces < AT_ONCE) return undefined;
    this.#lately = { pieces: 0, bytes: 0 };
    return lately.bytes < AT_ONCE * SMALL ? everythingElse() : undefined;
  }

  #awaitRound(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    setImmediate(() => {
      this.#waiting = false;
      this.#lately = { pieces: 0, bytes: 0 };
    });
  }
}

/** Lets everything else have its turn, and new input be found. */
async function everythingElse(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }
}
