import type { SeededRandom } from "../chance/seeded_random.ts";
import { joined } from "../kernel/golden_vectors.ts";

/** What was said in one direction: messages in their order. */
export type Transcript = readonly Uint8Array[];

/** Transcripts to begin with. */
export type Corpus = readonly [Transcript, ...Transcript[]];

/** Numbers at which sizes and counts turn into others. */
const EDGES = [0, 1, 15, 16, 17, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff, 0x1_0000]
  .concat([0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff]) as [number, ...number[]];

/** The most changes to one transcript, in the order of its messages and to its bytes. */
const MOST_CHANGES = { ofMessages: 3, ofBytes: 6 } as const;

/**
 * Bytes that a mutated transcript has at the most: one that grows without end shows nothing new.
 */
const MOST_BYTES = 12_000;

/** The bytes of a transcript of the corpus after some changes, or bytes that are like none. */
export function mutated(corpus: Corpus, random: SeededRandom): Uint8Array<ArrayBuffer> {
  if (random.oneIn(20)) return random.bytes(random.below(600));
  const messages = [...random.pick(corpus)];
  for (let left = random.below(MOST_CHANGES.ofMessages + 1); left > 0; left--) {
    reorder(messages, { corpus, random });
  }
  let bytes = joined(messages);
  for (let left = random.below(MOST_CHANGES.ofBytes + 1); left > 0; left--) {
    bytes = harmed(bytes, { at: somewhere(messages, random), random });
  }
  return bytes.slice(0, MOST_BYTES);
}

/** Where bytes are changed: more often than not in a header, where they matter most. */
function somewhere(messages: Transcript, random: SeededRandom): number {
  const index = random.below(messages.length + 1);
  const start = messages.slice(0, index).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const size = messages[index]?.byteLength ?? 1;
  return start + random.below(random.oneIn(3) ? size : Math.min(size, 40));
}

function reorder(
  messages: Uint8Array[],
  { corpus, random }: { readonly corpus: Corpus; readonly random: SeededRandom },
): void {
  const at = random.below(messages.length + 1);
  const other = random.below(messages.length + 1);
  switch (random.below(5)) {
    case 0:
      messages.splice(at, 1);
      break;
    case 1:
      messages.splice(at, 0, ...messages.slice(other, other + 1));
      break;
    case 2:
      messages.splice(at, 0, ...messages.splice(other, 1));
      break;
    case 3: {
      const foreign = random.pick(corpus);
      const from = random.below(foreign.length);
      messages.splice(at, 0, ...foreign.slice(from, from + 1 + random.below(3)));
      break;
    }
    default:
      messages.splice(at, 0, new Uint8Array(random.below(random.oneIn(10) ? 5_000 : 40)));
  }
}

function harmed(
  bytes: Uint8Array<ArrayBuffer>,
  { at, random }: { readonly at: number; readonly random: SeededRandom },
): Uint8Array<ArrayBuffer> {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  switch (random.below(7)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ 1 << random.below(8);
      break;
    case 1:
      changed[at] = random.below(256);
      break;
    case 2:
      if (at + 4 <= changed.byteLength) view.setUint32(at, random.pick(EDGES), true);
      break;
    case 3:
      if (at + 2 <= changed.byteLength) view.setUint16(at, random.pick(EDGES), true);
      break;
    case 4:
      return joined([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(20))]);
    case 5:
      return joined([
        bytes.subarray(0, at),
        random.bytes(1 + random.below(20)),
        bytes.subarray(at),
      ]);
    default:
      if (random.oneIn(3)) return changed.slice(0, at);
  }
  return changed;
}
