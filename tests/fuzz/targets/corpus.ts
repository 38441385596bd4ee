/** Transcripts that the protocol allows, for mutations to start from. */

import { GOLDEN_REVISIONS, type GoldenRevision, hex } from "../../kernel/golden_vectors.ts";
import type { Corpus, Transcript } from "../mutations.ts";

/** What clients say, in every revision: whole sessions, and parts of them. */
export const REQUESTS: Corpus = atLeastOne(
  GOLDEN_REVISIONS.flatMap(([, { requests, uploads }]) => {
    const said = requests.map(({ hex: digits }) => hex(digits));
    const files = uploads.map(({ messages }) => messages.map(({ hex: digits }) => hex(digits)));
    return [said, ...files, [...said, ...files.flat()]].filter(isShort);
  }),
);

/** What servers say, in every revision. */
export const REPLIES: Corpus = atLeastOne(
  GOLDEN_REVISIONS.map(([, { replies }]: readonly [unknown, GoldenRevision]) =>
    replies.map(({ hex: digits }) => hex(digits))
  ),
);

/** Long ones are no better than short ones, and slow. */
function isShort(transcript: Transcript): boolean {
  return transcript.reduce((sum, { byteLength }) => sum + byteLength, 0) < 3_000;
}

function atLeastOne([first, ...others]: readonly Transcript[]): Corpus {
  if (first === undefined) throw new Error("There are no golden transcripts");
  return [first, ...others];
}
