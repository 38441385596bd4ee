import { ok, strictEqual } from "node:assert/strict";
import { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import { ReplyParser } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { RequestParser } from "../../../shared/protocol3/parsing/request_parser.ts";
import { type RevisionName, REVISIONS } from "../../../shared/protocol3/revision.ts";
import type { SeededRandom } from "../../chance/seeded_random.ts";
import { largestAllocation } from "../../kernel/largest_allocation.ts";
import { cut } from "../../kernel/told_events.ts";
import { REPLIES, REQUESTS } from "./corpus.ts";
import { pieceSizes, type Target } from "./target.ts";
import { type Trace, traceReplies, traceRequests } from "./trace.ts";

const NAMES = Object.keys(REVISIONS) as [RevisionName, ...RevisionName[]];

/**
 * Bytes that a parser may take at once for pieces of `PIECE` bytes: those, behind the longest run
 * that it holds back, which is as long as the window in which it looks for the end of zeros.
 */
const MOST_IN_MEMORY = 4096 + 1024;
const PIECE = 1000;

/** One input in so many is also watched for what memory it takes, which is slow. */
const WATCHED = 50;

/** The parser of a server: the same events whatever the pieces, and memory within bounds. */
export const requestParser: Target = {
  corpus: REQUESTS,
  take(input, how) {
    const revision = how.pick<RevisionName | "auto">([...NAMES, "auto"]);
    const record = how.pick<RevisionName | undefined>([...NAMES, undefined]);
    const [lenient, askRecord] = [how.oneIn(2), how.oneIn(2)];
    const parser = () =>
      new RequestParser({
        ...{ revision, maxFileSize: 10_000, askRecord },
        ...(lenient && { profile: new Profile() }),
      });
    compare(input, { trace: (pieces) => traceRequests(parser(), pieces, record), how });
    if (!how.oneIn(WATCHED)) return;
    const watched = parser();
    watch(input, (piece) => {
      watched.push(piece);
      for (let event = watched.next(); event !== undefined; event = watched.next()) {
        if (event.type === "ambiguous") watched.preferRevision(record);
      }
    });
  },
};

/** The parser of a client, by the letter and with all that servers in the field do. */
export const replyParser: Target = {
  corpus: REPLIES,
  take(input, how) {
    const revisions = how.oneIn(2) ? NAMES : [how.pick(NAMES)];
    const candidates = revisions.map((name) => REVISIONS[name]);
    const lenient = how.oneIn(2);
    const parser = () => new ReplyParser(candidates, { ...(lenient && { onDeviation: () => {} }) });
    compare(input, { trace: (pieces) => traceReplies(parser(), pieces), how });
    if (!how.oneIn(WATCHED)) return;
    const watched = parser();
    watch(input, (piece) => {
      watched.push(piece);
      while (watched.next() !== undefined);
    });
  },
};

function compare(input: Uint8Array, { trace, how }: {
  readonly trace: (pieces: Iterable<Uint8Array>) => Trace;
  readonly how: SeededRandom;
}): void {
  const whole = trace([input]);
  // Each event but the last takes at least one byte.
  ok(whole.events <= input.byteLength + 1, `${whole.events} events`);
  strictEqual(trace(cut(input, pieceSizes(how))).line, whole.line);
}

function watch(input: Uint8Array, take: (piece: Uint8Array) => void): void {
  const largest = largestAllocation(() => {
    for (const piece of cut(input, [PIECE])) take(piece);
  });
  ok(largest <= MOST_IN_MEMORY, `${largest} bytes were taken at once`);
}
