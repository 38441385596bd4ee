import { type Deviation, DEVIATIONS } from "../deviation.ts";
import { ProtocolError } from "../protocol_error.ts";

export interface ProfileOptions {
  /** Refuses every deviation. Default: false. */
  readonly strict?: boolean;
  /** Called with each deviation when it is seen for the first time. */
  readonly onSeen?: (deviation: Deviation) => void;
}

/**
 * The known deviations of one client from the protocol. It belongs to the client's conversation:
 * parsers add to it, and the code that answers requests reads it.
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
   * Records a deviation that is about to be acted on. Throws a `ProtocolError` with the deviation's
   * name as its reason if `strict`.
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
