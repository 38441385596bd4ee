import { type Deviation, DEVIATIONS } from "../deviation.ts";
import { ProtocolError } from "../protocol_error.ts";

/** How deviations are met. */
export interface ProfileOptions {
  /** Refuses every deviation. Default: false. */
  readonly strict?: boolean;
  /** Told of each deviation when it is seen for the first time. */
  readonly onSeen?: (deviation: Deviation) => void;
}

/**
 * What is known of how one client departs from the letter of the protocol. It belongs to the
 * client's conversation: what reads requests adds to it, what answers them looks it up.
 */
export class Profile {
  /** Whether every deviation is refused. */
  readonly strict: boolean;
  readonly #onSeen: (deviation: Deviation) => void;
  readonly #seen = new Set<Deviation>();

  constructor({ strict = false, onSeen = () => {} }: ProfileOptions = {}) {
    this.strict = strict;
    this.#onSeen = onSeen;
  }

  /** Whether a deviation was seen. */
  has(deviation: Deviation): boolean {
    return this.#seen.has(deviation);
  }

  /**
   * Notes a deviation that is about to be acted on. Throws a `ProtocolError` with the deviation's
   * name as its reason where all are to be refused.
   */
  note(deviation: Deviation): void {
    if (this.strict) {
      throw new ProtocolError(deviation, `The client deviates: ${DEVIATIONS[deviation]}`);
    }
    if (!this.#seen.has(deviation)) {
      this.#seen.add(deviation);
      this.#onSeen(deviation);
    }
  }
}
