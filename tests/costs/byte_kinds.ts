/** All kinds of bytes that a client can send without end, each as a stream. */

import type { Deviation } from "../../shared/protocol3/deviation.ts";
import { encodeFileHead, type FileRequest } from "../../shared/protocol3/request.ts";
import type { FramePart } from "../../shared/wire/frame_parser.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import type { TestClient } from "../peers/test_client.ts";

/** Bytes of a stream that is one run. */
const RUN = 4 * 1024 * 1024;

/** Packets of 16 bytes in a stream. */
const PACKETS = 8_000;

/** Bytes that are searched for a request after a content. */
const SEARCHED = 64 * 1024;

/** The place of the version byte in a header. */
const VERSION_AT = 16;

/** A stream of one kind of bytes. */
export interface ByteStream {
  /** What comes before, and is not measured. */
  readonly before: Uint8Array;
  readonly bytes: Uint8Array;
  /** Whether only the parser is measured: what else belongs to it is a request. */
  readonly parsedOnly?: boolean;
}

type Heads = (changes?: Partial<FileRequest>) => Uint8Array;

function headsOf({ revision, clientId }: TestClient): Heads {
  return (changes) =>
    encodeFileHead(revision, {
      ...{ kind: "file", clientId, contentSize: 16, originalSize: 0, packet: 1, packets: 1 },
      ...{ fileName: TextField.of("a.txt"), packetSize: 16, ...changes },
    });
}

/** A field that is full of these bytes, but for its end and what `changes` it. */
function field(fill: readonly number[], change = (_: Uint8Array) => {}): TextField {
  const bytes = new Uint8Array(255);
  for (let at = 0; at < 254; at++) bytes[at] = fill[at % fill.length] ?? 0;
  change(bytes);
  return new TextField(bytes);
}

/** The packets of a file from a number on, of 16 bytes each, with other bytes between them. */
function packets(
  heads: Heads,
  { from = 1, count = PACKETS, names = [TextField.of("a.txt")], between = 0 }: {
    readonly from?: number;
    readonly count?: number;
    readonly names?: readonly TextField[];
    readonly between?: number;
  },
): Uint8Array {
  const content = lcg(1, 16);
  const size = { contentSize: 16 * PACKETS, packets: PACKETS };
  return joined(
    Array.from({ length: count }, (_, at) => {
      const fileName = names[at % names.length] ?? TextField.of("a.txt");
      return [heads({ ...size, packet: from + at, fileName }), content, new Uint8Array(between)];
    }).flat(),
  );
}

/**
 * Packets of a refused file, which are skipped without a reply: nothing is quicker to send, and
 * each has another name than the one before.
 */
function names(...fills: readonly TextField[]): (client: TestClient) => ByteStream {
  return (client) => {
    const heads = headsOf(client);
    const size = { contentSize: 16 * PACKETS, packets: PACKETS };
    const wrong = heads({ ...size, packet: 3 });
    const before = joined([heads(size), lcg(1, 16), wrong, lcg(1, 16)]);
    return { before, bytes: packets(heads, { from: 4, count: PACKETS - 4, names: fills }) };
  };
}

/** Contents of a block, each followed by so many other bytes that were announced. */
function surplus(make: (client: TestClient) => Uint8Array): (client: TestClient) => ByteStream {
  return (client) => {
    const other = make(client);
    const file = [headsOf(client)({ packetSize: 16 + other.byteLength }), lcg(1, 16), other];
    const times = Math.ceil(RUN / other.byteLength);
    const bytes = joined(Array.from({ length: times }, () => file).flat());
    return { before: new Uint8Array(0), bytes, parsedOnly: true };
  };
}

/** A run of bytes after a message. */
function run(make: (heads: Heads) => Uint8Array): (client: TestClient) => ByteStream {
  return (client) => ({ before: make(headsOf(client)), bytes: lcg(3, RUN) });
}

function between(zeros: number, count: number): (client: TestClient) => ByteStream {
  return (client) => ({
    before: new Uint8Array(0),
    bytes: packets(headsOf(client), { between: zeros, count }),
  });
}

/** Each kind of bytes, as a client of 2024a sends them. */
export const BYTE_KINDS = {
  "content": run((heads) => heads({ contentSize: RUN, packetSize: RUN })),
  "packets of 16 bytes": between(0, PACKETS),
  "packets of another version": (client) => {
    const { bytes } = between(0, PACKETS)(client);
    const size = headsOf(client)().byteLength + 16;
    for (let at = VERSION_AT; at < bytes.byteLength; at += size) bytes[at] = 9;
    return { before: new Uint8Array(0), bytes };
  },
  "content of a refused file": run((heads) => {
    return heads({ packet: 2, packets: 2, contentSize: RUN, packetSize: RUN });
  }),
  "names of text": names(field([0x61]), field([0x62])),
  "names that are not UTF-8": names(field([0xff]), field([0xe0, 0x61])),
  "names of dots": names(field([0x2e]), field([0x2e, 0x20])),
  "names of joiners": names(field([0xe2, 0x80, 0x8d]), field([0xcc, 0x81])),
  "names after NULs": names(
    field([0x61], (bytes) => bytes.copyWithin(1, 0).fill(0, 0, 1)),
    field([0x62], (bytes) => bytes.copyWithin(9, 0).fill(0, 0, 9)),
  ),
  "names before stray bytes": names(
    field([0x61], (bytes) => bytes.fill(0, 9, 10)),
    field([0x62], (bytes) => bytes.fill(0, 200, 201)),
  ),
  "zeros between packets": between(60_000, 60),
  "a few zeros between packets": between(300, 4_000),
  "surplus of zeros": surplus(() => new Uint8Array(SEARCHED)),
  "surplus of the client's id": surplus(({ clientId }) => {
    return Uint8Array.from({ length: SEARCHED }, (_, at) => clientId[at % 16] ?? 0);
  }),
  "surplus of the first byte of its id": surplus(({ clientId }) => {
    return new Uint8Array(SEARCHED).fill(clientId[0] ?? 0);
  }),
  "surplus that is not searched": surplus(() => new Uint8Array(RUN / 4)),
  "bytes after a request that ends reading": run(() => new Uint8Array(23).fill(9)),
} as const satisfies Readonly<Record<string, (client: TestClient) => ByteStream>>;

/** The name of a kind. */
export type ByteKind = keyof typeof BYTE_KINDS;

/** What measures each part of a frame. */
export const KIND_OF_PART: Readonly<Record<FramePart, ByteKind>> = {
  header: "packets of 16 bytes",
  fields: "names of text",
  content: "content",
  surplus: "surplus of zeros",
  lost: "bytes after a request that ends reading",
};

/** What measures bytes that only deviations allow; `request` where a deviation costs by request. */
export const KIND_OF_DEVIATION: Readonly<Record<Deviation, ByteKind | "request">> = {
  "other-version": "packets of another version",
  "id-in-registration": "request",
  "stray-bytes-in-name": "names before stray bytes",
  "left-padded-names": "names after NULs",
  "zero-owner-id": "request",
  "connection-per-request": "request",
  "size-without-content": "content",
  "oversized-payload": "surplus of zeros",
  "content-16-short": "content",
  "oversized-content": "packets of 16 bytes",
  "packets-from-zero": "packets of 16 bytes",
  "packet-total-too-high": "packets of 16 bytes",
  "swapped-packet-fields": "packets of 16 bytes",
  "packets-encrypted-apart": "request",
  "first-half-of-key": "request",
  "checksum-per-packet": "request",
  "acknowledgement-per-packet": "request",
  "no-verdict": "request",
  "zeros-between-requests": "a few zeros between packets",
  "padded-requests": "zeros between packets",
};
