import { layout, text, u16, u32 } from "./layout.ts";
import { CLIENT, id, NOTHING, type ReplyKind, type RequestKind } from "./message.ts";

/** The five official revisions of protocol 3, named after the year and the family of their codes. */
export type RevisionName = "2022c" | "2023a" | "2023c" | "2024a" | "2024c";

/** Before the content of a file request in 2023a and 2023c. */
const FILE = layout({ contentSize: u32, fileName: text });

/** The same in 2022c, where file and verdict name the client once more. */
const OWNED_FILE = layout({ ownerId: id, contentSize: u32, fileName: text });

/** The same from 2024 on, where a file comes in packets numbered from 1. */
const PACKET = layout({
  contentSize: u32,
  originalSize: u32,
  packet: u16,
  packets: u16,
  fileName: text,
});

const VERDICT = layout({ fileName: text });
const OWNED_VERDICT = layout({ ownerId: id, fileName: text });

/** One revision of the protocol, as data. Everything that differs between them stands here. */
export interface Revision {
  readonly name: RevisionName;
  /** The codes of the requests that it has. */
  readonly requests: Readonly<Partial<Record<RequestKind, number>>>;
  /** The codes of the replies that it has. */
  readonly replies: Readonly<Partial<Record<ReplyKind, number>>>;
  /** Bytes in the AES key that its servers hand out. */
  readonly aesKeySize: 16 | 32;
  /** The fields of a file request before its content. */
  readonly fileHead: typeof FILE | typeof OWNED_FILE | typeof PACKET;
  /** The payload of the three verdicts. */
  readonly verdict: typeof VERDICT | typeof OWNED_VERDICT;
  /** The payload of `acknowledged`. */
  readonly acknowledged: typeof CLIENT | typeof NOTHING;
  /** Whether a file may come in more than one packet. */
  readonly packets: boolean;
  /** Whether the payloads of file and verdicts begin with the client's id. */
  readonly owned: boolean;
}

function replies(family: 1600 | 2100): Record<ReplyKind, number> {
  return {
    registered: family,
    registrationRefused: family + 1,
    keyAccepted: family + 2,
    fileReceived: family + 3,
    acknowledged: family + 4,
    reconnectAccepted: family + 5,
    reconnectRefused: family + 6,
    serverError: family + 7,
  };
}

const LETTER_C_CODES = {
  register: 1025,
  publicKey: 1026,
  reconnect: 1027,
  file: 1028,
  crcValid: 1029,
  crcRetry: 1030,
  crcAbort: 1031,
} as const;

const FIRST_CODES = {
  register: 1100,
  publicKey: 1101,
  file: 1103,
  crcValid: 1104,
  crcRetry: 1105,
  crcAbort: 1106,
} as const;

/** How revisions without packets lay out their messages. */
const SINGLE = {
  fileHead: FILE,
  verdict: VERDICT,
  acknowledged: CLIENT,
  packets: false,
  owned: false,
} as const;

/** How revisions with packets do. */
const PACKETED = { ...SINGLE, fileHead: PACKET, packets: true } as const;

/** All revisions by name. Source: the project's protocol facts, retold in `docs/protocol-3.md`. */
export const REVISIONS: Readonly<Record<RevisionName, Revision>> = {
  "2022c": {
    name: "2022c",
    requests: FIRST_CODES,
    replies: {
      registered: 2100,
      registrationRefused: 2101,
      keyAccepted: 2102,
      fileReceived: 2103,
      acknowledged: 2104,
    },
    aesKeySize: 16,
    fileHead: OWNED_FILE,
    verdict: OWNED_VERDICT,
    acknowledged: NOTHING,
    packets: false,
    owned: true,
  },
  "2023a": {
    name: "2023a",
    requests: { ...FIRST_CODES, reconnect: 1102 },
    replies: replies(2100),
    aesKeySize: 16,
    ...SINGLE,
  },
  "2023c": {
    name: "2023c",
    requests: LETTER_C_CODES,
    replies: replies(2100),
    aesKeySize: 16,
    ...SINGLE,
  },
  "2024a": {
    name: "2024a",
    requests: LETTER_C_CODES,
    replies: replies(1600),
    aesKeySize: 32,
    ...PACKETED,
  },
  "2024c": {
    name: "2024c",
    requests: {
      register: 825,
      publicKey: 826,
      reconnect: 827,
      file: 828,
      crcValid: 900,
      crcRetry: 901,
      crcAbort: 902,
    },
    replies: replies(1600),
    aesKeySize: 32,
    ...PACKETED,
  },
};

/**
 * All revisions, the one first that counts where a message's bytes fit several: 2024a before 2023c
 * (only a listener's setting or a client on record can tell them apart), 2023a before 2022c (they
 * part at the file request).
 */
export const REVISIONS_BY_PREFERENCE: readonly Revision[] = [
  REVISIONS["2024a"],
  REVISIONS["2024c"],
  REVISIONS["2023c"],
  REVISIONS["2023a"],
  REVISIONS["2022c"],
];

/** The names of all revisions, in the order of their years. */
export const REVISION_NAMES: readonly RevisionName[] = Object.values(REVISIONS).map(({ name }) =>
  name
);

/** Whether `name` names a revision. */
export function isRevisionName(name: string): name is RevisionName {
  return Object.hasOwn(REVISIONS, name);
}

/** The kind of the request with this code, in this revision. */
export function requestKind(revision: Revision, code: number): RequestKind | undefined {
  return kindOf(revision.requests, code);
}

/** The kind of the reply with this code, in this revision. */
export function replyKind(revision: Revision, code: number): ReplyKind | undefined {
  return kindOf(revision.replies, code);
}

function kindOf<Kind extends string>(
  codes: Readonly<Partial<Record<Kind, number>>>,
  code: number,
): Kind | undefined {
  for (const kind in codes) if (codes[kind] === code) return kind;
  return undefined;
}
