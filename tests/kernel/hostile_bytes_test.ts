import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { REPLY_HEADER, REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import { MAX_REPLY_PAYLOAD } from "../../shared/protocol3/reply.ts";
import { ReplyParser } from "../../shared/protocol3/parsing/reply_parser.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import {
  type RevisionName,
  REVISIONS,
  REVISIONS_BY_PREFERENCE,
} from "../../shared/protocol3/revision.ts";
import { GOLDEN_REVISIONS, hex, joined } from "./golden_vectors.ts";
import { largestAllocation } from "./largest_allocation.ts";
import { cut, hearReplies, hearRequests } from "./told_events.ts";
import { clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

/** The most bytes that each parser may hold at once: those of its largest payload but a file's. */
const MOST_IN_MEMORY = { requests: 415, replies: MAX_REPLY_PAYLOAD } as const;

/** How many hostile streams each property is tried on. */
const RUNS = { numRuns: 400 } as const;

const SIZES = [0, 1, 15, 16, 17, 254, 255, 256, 259, 267, 271, 275, 283, 291, 415, 528, 529]
  .concat([0xffff, 0x10000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff]);

const NAMES = Object.values(REVISIONS).map(({ name }) => name);
const CODES = NAMES.flatMap((name) => {
  const { requests, replies } = REVISIONS[name];
  return [...Object.values(requests), ...Object.values(replies)].map(({ code }) => code);
});

const code = fc.oneof(fc.constantFrom(...CODES), fc.nat(0xffff));
const payloadSize = fc.oneof(fc.constantFrom(...SIZES), fc.nat(600));
const noise = fc.uint8Array({ maxLength: 300 });
const revision = fc.constantFrom(...NAMES, "auto" as const);
const record = fc.constantFrom<(RevisionName | undefined)[]>(...NAMES, undefined);
const pieces = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 20 });

/** Headers with known codes and sizes of all kinds, whatever bytes behind each. */
const framed = fc.array(
  fc.record({ client: fc.nat(2), version: fc.nat(255), code, payloadSize, noise }),
  { maxLength: 6 },
);
const requests = framed.map((all) =>
  joined(all.flatMap(({ client, noise, ...header }) => {
    const clientId = clientIdOf(new Uint8Array(16).fill(client));
    return [REQUEST_HEADER.encode({ clientId, ...header }), noise];
  }))
);
const replies = framed.map((all) =>
  joined(all.flatMap(({ client: _, noise, ...header }) => [REPLY_HEADER.encode(header), noise]))
);

/** Golden messages with a few bytes changed, taken out or put in. */
function damaged(messages: readonly (readonly string[])[]): fc.Arbitrary<Uint8Array> {
  const damage = fc.record({ at: fc.nat(), gone: fc.nat(3), put: fc.uint8Array({ maxLength: 3 }) });
  const streams = messages.map((digits) => joined(digits.map(hex)));
  return fc.tuple(fc.constantFrom(...streams), fc.array(damage, { maxLength: 4 }))
    .map(([stream, all]) =>
      all.reduce<Uint8Array>((bytes, { at, gone, put }) => {
        const start = at % (bytes.byteLength + 1);
        return joined([bytes.subarray(0, start), put, bytes.subarray(start + gone)]);
      }, stream)
    );
}

const hostileRequests = fc.oneof(
  noise,
  requests,
  damaged(GOLDEN_REVISIONS.map(([, { requests, uploads }]) => [
    ...requests.map(({ hex }) => hex),
    ...uploads.flatMap(({ messages }) => messages.map(({ hex }) => hex)),
  ])),
);
const hostileReplies = fc.oneof(
  noise,
  replies,
  damaged(GOLDEN_REVISIONS.map(([, { replies }]) => replies.map(({ hex }) => hex))),
);

Deno.test("RequestParser hears any bytes to their end, the same in pieces as in one", () => {
  fc.assert(
    fc.property(hostileRequests, revision, record, pieces, (bytes, revision, record, sizes) => {
      const hear = (pieces: Iterable<Uint8Array>) =>
        hearRequests(requestParser(revision), pieces, record);
      const whole = hear([bytes]);
      // Each event but the last takes at least one byte.
      ok(whole.told.length <= bytes.byteLength + 1);
      deepStrictEqual(hear(cut(bytes, sizes)), whole);
    }),
    RUNS,
  );
});

Deno.test("ReplyParser hears any bytes to their end, the same in pieces as in one", () => {
  fc.assert(
    fc.property(hostileReplies, pieces, (bytes, sizes) => {
      const hear = (pieces: Iterable<Uint8Array>) => hearReplies(replyParser(), pieces);
      const whole = hear([bytes]);
      ok(whole.told.length <= bytes.byteLength + 1);
      deepStrictEqual(hear(cut(bytes, sizes)), whole);
    }),
    RUNS,
  );
});

Deno.test("RequestParser never allocates more than its largest short payload at once", () => {
  fc.assert(
    fc.property(hostileRequests, revision, pieces, (bytes, revision, sizes) => {
      const parser = requestParser(revision);
      for (const piece of cut(bytes, sizes)) {
        const largest = largestAllocation(() => {
          parser.push(piece);
          for (let event = parser.next(); event !== undefined; event = parser.next()) {
            if (event.type === "ambiguous") parser.preferRevision(undefined);
          }
        });
        ok(largest <= MOST_IN_MEMORY.requests, `${largest} bytes`);
      }
    }),
    RUNS,
  );
});

Deno.test("ReplyParser never allocates more than its largest payload at once", () => {
  fc.assert(
    fc.property(hostileReplies, pieces, (bytes, sizes) => {
      const parser = replyParser();
      for (const piece of cut(bytes, sizes)) {
        const largest = largestAllocation(() => {
          parser.push(piece);
          while (parser.next() !== undefined);
        });
        ok(largest <= MOST_IN_MEMORY.replies, `${largest} bytes`);
      }
    }),
    RUNS,
  );
});

Deno.test("a public key request, the largest one held, is allocated at its size", () => {
  const key = GOLDEN_REVISIONS[0]?.[1].requests.find(({ id }) => id === "publicKey");
  ok(key !== undefined);
  const bytes = hex(key.hex);
  const parser = requestParser("2022c");
  const largest = largestAllocation(() => {
    parser.push(bytes);
    strictEqual(parser.next()?.type, "request");
  });
  strictEqual(largest, MOST_IN_MEMORY.requests);
});

for (const name of NAMES) {
  Deno.test(`RequestParser refuses 4 GiB of ${name} without an allocation`, () => {
    for (const { code } of Object.values(REVISIONS[name].requests)) {
      const parser = requestParser(name);
      const bytes = REQUEST_HEADER.encode({
        clientId: NO_CLIENT_ID,
        version: 3,
        code,
        payloadSize: 0xffff_ffff,
      });
      const largest = largestAllocation(() => {
        parser.push(bytes);
        strictEqual(parser.next()?.type, "refused");
        strictEqual(parser.next(), undefined);
      });
      ok(parser.lost);
      ok(largest <= REQUEST_HEADER.size, `${largest} bytes`);
    }
  });
}

Deno.test("ReplyParser refuses 4 GiB at the header and allocates nothing for it", () => {
  const parser = replyParser();
  const bytes = REPLY_HEADER.encode({ version: 3, code: 1603, payloadSize: 0xffff_ffff });
  const largest = largestAllocation(() => {
    parser.push(bytes);
    strictEqual(parser.next()?.type, "refused");
    strictEqual(parser.next(), undefined);
  });
  ok(parser.lost);
  strictEqual(largest, 0);
});

function requestParser(revision: RevisionName | "auto"): RequestParser {
  return new RequestParser({ revision, maxFileSize: 10_000, askRecord: true });
}

function replyParser(): ReplyParser {
  return new ReplyParser(REVISIONS_BY_PREFERENCE);
}
