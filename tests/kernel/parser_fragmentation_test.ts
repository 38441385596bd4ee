import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ReplyParser } from "../../shared/protocol3/parsing/reply_parser.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { GOLDEN_REVISIONS, type GoldenRevision, hex, joined } from "./golden_vectors.ts";
import { cut, hearReplies, hearRequests, type Outcome, type Told } from "./told_events.ts";

/**
 * The messages of a session, by their ids in the golden vectors; not all revisions have `login`.
 */
const SESSION = [
  "register",
  "publicKey",
  "small",
  "crc-ok",
  "login",
  "large",
  "crc-retry",
  "large",
  "crc-abort",
] as const;

/** Which revision `auto` takes a client for until its bytes or its record say more. */
const GUESSED: Readonly<Record<RevisionName, RevisionName>> = {
  "2022c": "2023a",
  "2023a": "2023a",
  "2023c": "2024a",
  "2024a": "2024a",
  "2024c": "2024c",
};

/** Sizes of pieces: mostly a few bytes, now and then hundreds. */
const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 700 })),
  { minLength: 1, maxLength: 40 },
);

for (const [name, golden] of GOLDEN_REVISIONS) {
  const session = messagesOf(golden);
  const stream = joined(session.map(({ bytes }) => bytes));
  const expected = hearRequests(parserOf(name), [stream]);

  Deno.test(`a session of ${name} in one piece is heard to its last message`, () => {
    deepStrictEqual(outline(expected), session.flatMap(({ outline }) => outline));
    deepStrictEqual(revisionsOf(expected), [name]);
    strictEqual(expected.lost, false);
    strictEqual(expected.cut, undefined);
  });

  Deno.test(`a session of ${name} is heard the same byte by byte and in random pieces`, () => {
    inPieces(stream, (pieces) => {
      deepStrictEqual(hearRequests(parserOf(name), pieces), expected);
    });
  });

  Deno.test(`a session of ${name} is heard the same by auto with the client on record`, () => {
    // Nothing is on record of a registration's id of zeros, and 2024c is known by its codes.
    const [first, ...rest] = revised(expected.told, 1, name);
    const asked = name === "2024c" ? [] : ["ambiguous" as const];
    const told = [first, ...asked, ...rest];
    inPieces(stream, (pieces) => {
      const parser = parserOf("auto", { askRecord: true });
      deepStrictEqual(hearRequests(parser, pieces, name), { ...expected, told });
    });
  });

  // Without a record nothing tells 2023c from 2024a.
  if (name !== "2023c") {
    Deno.test(`a session of ${name} is heard the same by auto, which knows it at the file`, () => {
      const told = revised(expected.told, 2, name);
      inPieces(stream, (pieces) => {
        deepStrictEqual(hearRequests(parserOf("auto"), pieces), { ...expected, told });
      });
    });
  }

  const replies = golden.replies.map(({ hex: digits }) => hex(digits));

  Deno.test(`all replies of ${name} are heard the same byte by byte and in random pieces`, () => {
    const spoken = joined(replies);
    const whole = hearReplies(new ReplyParser([REVISIONS[name]]), [spoken]);
    strictEqual(whole.told.length, replies.length);
    deepStrictEqual(revisionsOf(whole), [name]);
    inPieces(spoken, (pieces) => {
      deepStrictEqual(hearReplies(new ReplyParser([REVISIONS[name]]), pieces), whole);
    });
  });
}

for (const name of ["2022c", "2023a"] as const) {
  Deno.test(`auto knows ${name} at its first file or verdict, wherever a connection begins`, () => {
    const golden = GOLDEN_REVISIONS.find(([each]) => each === name)?.[1];
    const session = golden === undefined ? [] : messagesOf(golden);
    for (let start = 0; start < session.length; start++) {
      const stream = joined(session.slice(start).map(({ bytes }) => bytes));
      const expected = hearRequests(parserOf(name), [stream]);
      const told = revised(expected.told, Math.max(0, 2 - start), name);
      for (const size of [stream.byteLength, 1]) {
        const heard = hearRequests(parserOf("auto"), cut(stream, [size]));
        deepStrictEqual(heard, { ...expected, told });
      }
    }
  });
}

function parserOf(
  revision: RevisionName | "auto",
  { askRecord = false }: { readonly askRecord?: boolean } = {},
): RequestParser {
  return new RequestParser({ revision, askRecord, maxFileSize: 1 << 20 });
}

interface Message {
  readonly bytes: Uint8Array;
  /** The events that it leads to, in a word each. */
  readonly outline: readonly string[];
}

/** The messages of the session that the revision has. */
function messagesOf({ requests, uploads }: GoldenRevision): readonly Message[] {
  return SESSION.flatMap((id) => {
    const request = requests.find((request) => request.id === id);
    if (request !== undefined) return { bytes: hex(request.hex), outline: [String(request.code)] };
    const upload = uploads.find((upload) => upload.id === id);
    return (upload?.messages ?? []).map(({ hex: digits }) => ({
      bytes: hex(digits),
      outline: ["file", "content", "packetEnd"],
    }));
  });
}

/** The same session in the words of `Message.outline`. */
function outline({ told }: Outcome): readonly string[] {
  return told.map((event) => {
    if (typeof event === "string") return event;
    if ("content" in event) return "content";
    if (!("request" in event)) return "unexpected";
    const { request: { kind }, revision } = event;
    return kind === "file" ? kind : String(REVISIONS[revision].requests[kind]?.code);
  });
}

function revisionsOf({ told }: Outcome): readonly string[] {
  return [
    ...new Set(
      told.flatMap((event) =>
        typeof event === "object" && "revision" in event ? event.revision : []
      ),
    ),
  ];
}

/** What is told when the revision of the first `count` events is still the guess for `name`. */
function revised(told: readonly Told[], count: number, name: RevisionName): readonly Told[] {
  return told.map((event, index) =>
    index < count && typeof event === "object" && "revision" in event
      ? { ...event, revision: GUESSED[name] }
      : event
  );
}

/** Runs a check on a stream byte by byte, then in random pieces. */
function inPieces(stream: Uint8Array, check: (pieces: Iterable<Uint8Array>) => void): void {
  check(cut(stream, [1]));
  fc.assert(fc.property(sizes, (sizes) => check(cut(stream, sizes))), { numRuns: 25 });
}
