import type { Direction } from "../faults/fault_proxy.ts";

/** A place in what one side says to the other inside TLS. */
export interface Place {
  /** The connection, from 0. */
  readonly connection: number;
  readonly direction: Direction;
  /** Bytes before it. */
  readonly after: number;
}

/** Pieces up to this size are searched; longer ones are contents, which have no ends. */
const SEARCHED = 8_192;

/** Bytes of the header of a frame of a batch. */
const FRAME_HEADER = 12;

const FRAME_TYPES: ReadonlySet<number> = new Set([0x01, 0x02, 0x03, 0x81, 0x82]);

/**
 * The offsets in a piece at which something ends: the head of a request or an answer, a frame of a
 * batch and the header of one, and the piece itself.
 */
export function marksIn(bytes: Uint8Array): readonly number[] {
  if (bytes.byteLength > SEARCHED) return [];
  const marks = new Set([bytes.byteLength]);
  for (let at = 0; at + 4 <= bytes.byteLength; at++) {
    const [a = 0, b, c, d] = bytes.subarray(at, at + 4);
    if (a === 0x0d && b === 0x0a && c === 0x0d && d === 0x0a) marks.add(at + 4);
    if (!FRAME_TYPES.has(a) || b !== 0 || c !== 0 || d !== 0) continue;
    marks.add(at);
    marks.add(at + FRAME_HEADER);
    // The id has zeros too.
    at += FRAME_HEADER - 1;
  }
  return [...marks].filter((mark) => mark <= bytes.byteLength).sort((a, b) => a - b);
}

/** What ends where in all that is said, and how much was said. */
export class Marks {
  readonly #said = new Map<string, { readonly place: Place; readonly ends: Set<number> }>();

  /** Takes in the next piece of a connection; returns how many bytes were before it. */
  add({ connection, direction }: Omit<Place, "after">, bytes: Uint8Array): number {
    const key = `${connection} ${direction}`;
    const { place, ends } = this.#said.get(key) ??
      { place: { connection, direction, after: 0 }, ends: new Set<number>() };
    for (const mark of marksIn(bytes)) ends.add(place.after + mark);
    const after = place.after + bytes.byteLength;
    this.#said.set(key, { place: { ...place, after }, ends });
    return place.after;
  }

  /** Each end, the byte before and the byte behind it, as far as they were said. */
  get around(): readonly Place[] {
    return [...this.#said.values()].flatMap(({ place, ends }) => {
      const near = new Set([...ends].flatMap((end) => [end - 1, end, end + 1]));
      return [...near].filter((after) => after >= 0 && after <= place.after)
        .map((after) => ({ ...place, after }));
    });
  }
}
