/** How much is done before the system is asked for new input. */
export interface SliceSize {
  /** Milliseconds of turns. */
  readonly milliseconds: number;
  /** Maximum connections that have a turn together. */
  readonly together: number;
}

/**
 * While a connection waits that is to go ahead of others. Measured: decisions 0046, 0066 and 0081.
 */
const SHORT: SliceSize = { milliseconds: 3, together: 16 };

/** Among equals. Measured: decision 0102. */
const LONG: SliceSize = { milliseconds: 12, together: 64 };

/**
 * Milliseconds for which slices are short after a connection went ahead of others: such a client
 * may be at work elsewhere, or be waited for by a slow network, before it asks for its next turn.
 */
const REMEMBERED = 1_000;

/**
 * The same after one among equals had to have a turn alone. The disk or the program may only have
 * held it up once, as happens every second with small files.
 */
const BRIEFLY = 100;

/**
 * The slice of time in which connections have their turns, between two questions for new input.
 *
 * A client that is to go ahead of others waits for the end of a slice each time that it says
 * something. So slices are short while there is one. Among equals it is of no use that input is
 * heard earlier, since none would go ahead with it, and each slice costs: they are long then, and
 * as many connections do the same step together.
 */
export class Slice {
  #end = 0;
  #shortUntil = -Infinity;

  /** Begins a slice. */
  begin(now: number): void {
    this.#end = now + this.size(now).milliseconds;
  }

  /** Whether it is over. */
  over(now: number): boolean {
    return now >= this.#end;
  }

  /** Ends it by so many milliseconds earlier. */
  shorten(milliseconds: number): void {
    this.#end -= milliseconds;
  }

  /** How large slices are now. */
  size(now: number): SliceSize {
    return now < this.#shortUntil ? SHORT : LONG;
  }

  /** Ends it now. */
  finish(): void {
    this.#end = -Infinity;
  }

  /** Notes that a connection waits that goes ahead of others: slices are short from now on. */
  unequal(now: number): void {
    this.#shorten(now, REMEMBERED);
  }

  /** Notes that one among equals has much to do: slices are short for a while. */
  muchToDo(now: number): void {
    this.#shorten(now, BRIEFLY);
  }

  #shorten(now: number, milliseconds: number): void {
    this.#shortUntil = Math.max(this.#shortUntil, now + milliseconds);
    this.#end = Math.min(this.#end, now + SHORT.milliseconds);
  }
}
