import type { RevisionName } from "../settings/kind.ts";
import type { Fields, Layout } from "../wire/layout.ts";
import {
  CHECKSUM,
  CLIENT,
  CONTENT,
  ENCRYPTED_KEY,
  FILE,
  type Message,
  NAME,
  NAME_AND_KEY,
  NO_TAIL,
  NOTHING,
  OWNED_FILE,
  OWNED_VERDICT,
  PACKET,
  type ReplyKind,
  type ReplyLayouts,
  type RequestKind,
  type RequestLayouts,
  VERDICT,
} from "./message.ts";

export { isRevisionName, REVISION_NAMES, type RevisionName } from "../settings/kind.ts";

/** The requests of a revision; one has no `reconnect`. */
export type Requests =
  & { readonly [Kind in Exclude<RequestKind, "reconnect">]: Message<RequestLayouts[Kind]> }
  & { readonly reconnect?: Message<RequestLayouts["reconnect"]> };

/** Replies that every revision has. */
type CommonReplyKind = Exclude<ReplyKind, LateReplyKind>;
type LateReplyKind = "reconnectAccepted" | "reconnectRefused" | "serverError";

/** The replies of a revision; one has neither those to a `reconnect` nor an error. */
export type Replies =
  & { readonly [Kind in CommonReplyKind]: Message<ReplyLayouts[Kind]> }
  & { readonly [Kind in LateReplyKind]?: Message<ReplyLayouts[Kind]> };

/** One revision of the protocol, as data: everything that differs between revisions. */
export interface Revision {
  readonly name: RevisionName;
  readonly requests: Requests;
  readonly replies: Replies;
  /** Bytes in the AES key that its servers hand out. */
  readonly aesKeySize: 16 | 32;
  /** Whether a file may come in more than one packet. */
  readonly packets: boolean;
  /** Whether the payloads of file and verdicts begin with the client's id. */
  readonly owned: boolean;
}

/** The layouts that differ between revisions. */
interface Layouts {
  readonly file: RequestLayouts["file"];
  readonly verdict: RequestLayouts["crcValid"];
  readonly acknowledged: ReplyLayouts["acknowledged"];
}

/** The layouts of revisions without packets. */
const SINGLE: Layouts = { file: FILE, verdict: VERDICT, acknowledged: CLIENT };
/** The layouts of revisions with packets. */
const PACKETED: Layouts = { ...SINGLE, file: PACKET };
/** The layouts of the first revision, which repeats the client's id. */
const OWNED: Layouts = { file: OWNED_FILE, verdict: OWNED_VERDICT, acknowledged: NOTHING };

function message<L extends Layout<Fields>>(code: number, layout: L, tail = NO_TAIL): Message<L> {
  return { code, layout, tail };
}

/** Requests with consecutive codes up to the file; `verdict` is the code of the first verdict. */
function requests(
  { register, verdict }: { readonly register: number; readonly verdict: number },
  layouts: Layouts,
): Requests & { readonly reconnect: Message<RequestLayouts["reconnect"]> } {
  return {
    register: message(register, NAME),
    publicKey: message(register + 1, NAME_AND_KEY),
    reconnect: message(register + 2, NAME),
    file: message(register + 3, layouts.file, CONTENT),
    crcValid: message(verdict, layouts.verdict),
    crcRetry: message(verdict + 1, layouts.verdict),
    crcAbort: message(verdict + 2, layouts.verdict),
  };
}

/** Replies with consecutive codes. */
function replies(first: 1600 | 2100, { acknowledged }: Layouts): Required<Replies> {
  return {
    registered: message(first, CLIENT),
    registrationRefused: message(first + 1, NOTHING),
    keyAccepted: message(first + 2, CLIENT, ENCRYPTED_KEY),
    fileReceived: message(first + 3, CHECKSUM),
    acknowledged: message(first + 4, acknowledged),
    reconnectAccepted: message(first + 5, CLIENT, ENCRYPTED_KEY),
    reconnectRefused: message(first + 6, CLIENT),
    serverError: message(first + 7, NOTHING),
  };
}

function revision<Name extends RevisionName>(
  name: Name,
  { codes, aesKeySize, layouts }: {
    /** The first code of requests, of verdicts and of replies. */
    readonly codes: readonly [register: number, verdict: number, replies: 1600 | 2100];
    readonly aesKeySize: 16 | 32;
    readonly layouts: Layouts;
  },
) {
  const [register, verdict, first] = codes;
  return {
    name,
    requests: requests({ register, verdict }, layouts),
    replies: replies(first, layouts),
    aesKeySize,
    packets: layouts.file === PACKET,
    owned: layouts.file === OWNED_FILE,
  };
}

/** The first revision, which has no `reconnect`, no replies to one, and no error. */
function firstRevision(): Revision {
  const { requests, replies, ...rest } = revision("2022c", {
    codes: [1100, 1104, 2100],
    aesKeySize: 16,
    layouts: OWNED,
  });
  const { reconnect: _, ...known } = requests;
  const { reconnectAccepted: _a, reconnectRefused: _r, serverError: _e, ...answers } = replies;
  return { ...rest, requests: known, replies: answers };
}

/** All revisions by name. Source: the project's protocol facts, retold in `docs/protocol-3.md`. */
export const REVISIONS: Readonly<Record<RevisionName, Revision>> = {
  "2022c": firstRevision(),
  "2023a": revision("2023a", { codes: [1100, 1104, 2100], aesKeySize: 16, layouts: SINGLE }),
  "2023c": revision("2023c", { codes: [1025, 1029, 2100], aesKeySize: 16, layouts: SINGLE }),
  "2024a": revision("2024a", { codes: [1025, 1029, 1600], aesKeySize: 32, layouts: PACKETED }),
  "2024c": revision("2024c", { codes: [825, 900, 1600], aesKeySize: 32, layouts: PACKETED }),
};

/**
 * All revisions, in the order of preference when a message's bytes fit several: 2024a before 2023c
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

/** The kind of the request with this code, in this revision. */
export function requestKind(revision: Revision, code: number): RequestKind | undefined {
  return kindOf(revision.requests, code);
}

/** The kind of the request that opens a session with this code, in any revision. */
export function openingKind(code: number): "register" | "publicKey" | "reconnect" | undefined {
  for (const revision of REVISIONS_BY_PREFERENCE) {
    const kind = requestKind(revision, code);
    if (kind === "register" || kind === "publicKey" || kind === "reconnect") return kind;
  }
  return undefined;
}

/** The kind of the reply with this code, in this revision. */
export function replyKind(revision: Revision, code: number): ReplyKind | undefined {
  return kindOf(revision.replies, code);
}

function kindOf<Kind extends string>(
  messages: Readonly<Partial<Record<Kind, Message>>>,
  code: number,
): Kind | undefined {
  for (const kind in messages) if (messages[kind]?.code === code) return kind;
  return undefined;
}
