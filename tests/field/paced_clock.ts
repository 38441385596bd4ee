import type { Clock } from "../../shared/clock.ts";
import type { ServerTurn } from "./field_server.ts";

/** Milliseconds of silence after which a client asks in another family of codes. */
const SILENCE = 3_000;

/** The longest pause between two packets that a client tries by itself, in milliseconds. */
const LONGEST_PAUSE = 200;

/**
 * A clock without real time for a client that sends packets with pauses, and the server that they
 * go to: a pause is over, and has taken its time, when the server has taken the packet before it; a
 * wait for an answer is over when the server is silent for good. No other wait ever ends.
 */
export class PacedClock implements Clock {
  #now = 1_000;
  readonly #events = new Map([[LONGEST_PAUSE, 0], [SILENCE, 0]]);
  readonly #waits = new Map<number, Set<() => void>>();

  readonly now = (): number => this.#now;

  readonly date = (): Date => new Date(this.#now);

  readonly after = (milliseconds: number, ring: () => void): () => void => {
    const kind = milliseconds <= LONGEST_PAUSE ? LONGEST_PAUSE : milliseconds;
    const waits = this.#waits.get(kind) ?? new Set();
    this.#waits.set(kind, waits);
    const end = () => {
      this.#now += milliseconds;
      ring();
    };
    waits.add(end);
    this.#endOne(kind);
    return () => waits.delete(end);
  };

  /** Learns what the server has done. */
  readonly onTurn = (what: ServerTurn): void => {
    if (what === "request") return void this.#events.set(LONGEST_PAUSE, 0);
    const kind = what === "silence" ? SILENCE : LONGEST_PAUSE;
    // Nothing more is taken after a refusal, until there is another connection.
    const more = what === "refusal" ? Infinity : 1;
    this.#events.set(kind, (this.#events.get(kind) ?? 0) + more);
    this.#endOne(kind);
  };

  #endOne(kind: number): void {
    // Not at once: who sets an alarm has yet to learn how to call it off.
    queueMicrotask(() => {
      const [end] = this.#waits.get(kind) ?? [];
      const events = this.#events.get(kind) ?? 0;
      if (end === undefined || events === 0) return;
      this.#events.set(kind, events - 1);
      this.#waits.get(kind)?.delete(end);
      end();
    });
  }
}
