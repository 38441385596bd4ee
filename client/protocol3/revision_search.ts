import { formatDuration } from "../../shared/settings/quantity.ts";
import type { ReplyKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { encodeRequest, type ShortRequest } from "../../shared/protocol3/request.ts";
import {
  type Revision,
  REVISIONS,
  REVISIONS_BY_PREFERENCE,
} from "../../shared/protocol3/revision.ts";
import {
  ConnectFailed,
  ConnectionLost,
  ForeignService,
  NoAnswer,
  NotUnderstood,
  ServerFault,
  WentAway,
} from "./connection/errors.ts";
import { ask, type HandshakeStart } from "./connection/request_reply.ts";
import { ServerLink, type ServerLinkOptions } from "./connection/server_link.ts";
import type { Handshake } from "./handshake.ts";
import type { Reporter } from "../uplink.ts";

/**
 * All revisions, in the order in which a server is asked. Of 18 servers in the field 8 spoke 2024c
 * and 4 2024a, and some die of a code that they do not know.
 */
export const SEARCH_ORDER: readonly Revision[] = [
  REVISIONS["2024c"],
  ...REVISIONS_BY_PREFERENCE.filter(({ name }) => name !== "2024c"),
];

/**
 * The families of codes in that order, each with its revisions. A reply distinguishes 2024a from
 * 2023c. 2022c looks like 2023a before a file is sent: only its errors show it.
 */
const FAMILIES: readonly (readonly Revision[])[] = [
  ...Map.groupBy(SEARCH_ORDER, ({ requests }) => requests.register.code).values(),
];

const FIRST_REVISION = REVISIONS["2022c"];

/** Milliseconds of silence after which a server is assumed not to know a family. */
const SILENCE = 3_000;

/** Replies by which a server shows that it understood the opening of a handshake. */
const UNDERSTOOD: ReadonlySet<ReplyKind> = new Set([
  "registered",
  "registrationRefused",
  "reconnectAccepted",
  "reconnectRefused",
]);

export interface SearchOptions extends Omit<ServerLinkOptions, "revisions"> {
  readonly handshake: Handshake;
  readonly reporter: Reporter;
  /** The revision that the server spoke in an earlier run, if one is known. */
  readonly proven?: {
    readonly revision: Revision;
    /** Whether other revisions are tried too when only the connection is lost. */
    readonly isLastTry: boolean;
  } | undefined;
  /** The revision in which the server was asked last, if it was asked before. */
  readonly askedBefore?: string | undefined;
}

/** The link to a server that understood, with the answer. */
interface Understood extends HandshakeStart {
  readonly answer: Reply;
  readonly opening: ShortRequest["kind"];
}

/** A family that the server did not understand, and the error that showed it. */
interface Failure {
  readonly revisions: readonly Revision[];
  readonly error: ServerFault | ConnectionLost;
  /** What it was asked. */
  readonly opening: ShortRequest["kind"];
}

/**
 * Finds out which revision a server speaks by opening the handshake in one family of codes after
 * the other, each on a connection of its own. The one that was understood stays open, with the
 * answer. If none was answered, the server may be slow: the first family is then repeated with the
 * whole timeout. A `proven` revision comes before all others, with the whole timeout.
 *
 * The answer 2101 is a guess, since it is the only error of 2022c, to unknown codes too: other
 * families are tried, with 2022c in the place of 2023a, and if none accepts the client, the guess
 * is the result. A client on record opens with a reconnect, which 2022c has not: where nothing was
 * answered at all, it sends its public key as in 2022c.
 *
 * Throws `NotUnderstood` when none was understood, `ConnectFailed`, `ForeignService`, and
 * `ConnectionLost` when that happened to the proven revision.
 */
export async function findRevision(options: SearchOptions): Promise<HandshakeStart> {
  const { timeout, reporter } = options;
  const failures: Failure[] = [];
  const asBefore = await tryProven({ ...options, failures });
  if (asBefore !== undefined) return asBefore;
  const [before] = failures;
  let guess: Understood | undefined;
  for (const family of FAMILIES) {
    if (family === before?.revisions) continue;
    const isFirst = guess !== undefined && family.includes(FIRST_REVISION);
    const revisions = isFirst ? [FIRST_REVISION] : family;
    const start = await tryFamily(revisions, { ...options, failures });
    if (start === undefined) continue;
    if (!isGuess(start)) return start;
    await start.link.close();
    guess = start;
  }
  if (guess !== undefined) {
    const { revision, answer } = guess;
    const link = await openLink({ ...options, revisions: [revision] }, revision.name);
    return { revision, answer, link, isGuess: true };
  }
  const answered = failures.some(({ error }) => error instanceof ServerFault);
  if (!answered && failures.some(hidesFirstRevision)) {
    const start = await tryFirstRevision({ ...options, failures });
    if (start !== undefined) return start;
  }
  const silent = failures.find(({ error }) => error instanceof NoAnswer);
  if (silent !== undefined && before === undefined && !answered && timeout > SILENCE) {
    reporter.trouble(
      `The server has not answered within ${SILENCE / 1000} s in any revision; waiting up to ` +
        `${formatDuration(timeout)} for an answer in ${nameOf(silent.revisions)}`,
    );
    const { revisions } = silent;
    const start = await tryFamily(revisions, { ...options, failures, fullTimeout: true });
    if (start !== undefined) return start;
  }
  const [last] = failures.slice(-1);
  if (failures.every(({ error }) => error instanceof NoAnswer) && last !== undefined) {
    throw new NotUnderstood(last.error.message, { silent: true, answered: false });
  }
  const what = failures.map(({ revisions, error }) => `${nameOf(revisions)}: ${error.message}`);
  throw new NotUnderstood(`No revision was understood (${what.join("; ")})`, {
    silent: false,
    answered,
    asked: last && nameOf(last.revisions),
  });
}

/** Whether an answer may be the error of a server of 2022c. */
function isGuess({ answer, revision: { replies } }: Understood): boolean {
  return answer.kind === "registrationRefused" &&
    replies.registrationRefused.code === FIRST_REVISION.replies.registrationRefused.code;
}

/**
 * Whether a family was asked by a request that 2022c, which is of the same family, does not have.
 */
function hidesFirstRevision({ revisions, opening }: Failure): boolean {
  return opening === "reconnect" && revisions.includes(FIRST_REVISION);
}

/**
 * Sends the public key as in 2022c. A server of 2023a that was slow takes it too, but no file in
 * that form: what it answers to a second reconnect counts.
 */
async function tryFirstRevision(
  options: SearchOptions & { readonly failures: Failure[] },
): Promise<Understood | undefined> {
  const start = await tryFamily([FIRST_REVISION], options);
  if (start === undefined) return undefined;
  const family = FAMILIES.find((revisions) => revisions.includes(FIRST_REVISION)) ?? [];
  const second = await tryFamily(family, options);
  if (second === undefined) return start;
  const [right, other] = isGuess(second) ? [start, second] : [second, start];
  await other.link.close();
  return right;
}

/** Opens the handshake in the proven revision, as `tryFamily()`. */
async function tryProven(
  { proven, ...options }: SearchOptions & { readonly failures: Failure[] },
): Promise<Understood | undefined> {
  if (proven === undefined) return undefined;
  const { revision, isLastTry } = proven;
  // A reply says which of its family a server speaks, but for 2022c, which looks like 2023a.
  const family = FAMILIES.find((revisions) => revisions.includes(revision)) ?? [];
  const revisions = revision.requests.reconnect === undefined ? [revision] : family;
  const start = await tryFamily(revisions, { ...options, fullTimeout: true });
  const isRefused = start?.opening === "reconnect" && isGuess(start);
  if (start !== undefined && !isRefused) return start;
  await start?.link.close();
  const error = options.failures.at(-1)?.error;
  if (error instanceof ConnectionLost && !(error instanceof NoAnswer) && !isLastTry) throw error;
  options.reporter.trouble(
    `The server does not answer in revision ${revision.name} as before; trying the others (with ` +
      "--forget nothing else that worked before is used either)",
  );
  return undefined;
}

/** Opens the handshake in one family; undefined when that was not understood. */
async function tryFamily(
  revisions: readonly Revision[],
  { failures, fullTimeout = false, ...options }: SearchOptions & {
    /** Failures of earlier families; the new one is added. */
    readonly failures: Failure[];
    /** Waits for the whole timeout. */
    readonly fullTimeout?: boolean;
  },
): Promise<Understood | undefined> {
  const [spoken] = revisions;
  if (spoken === undefined) return undefined;
  const [last] = failures.slice(-1);
  const asked = last === undefined ? options.askedBefore : nameOf(last.revisions);
  const link = await openLink({ ...options, revisions }, asked);
  const limit = fullTimeout ? options.timeout : Math.min(SILENCE, options.timeout);
  const opening = options.handshake.opening(spoken);
  try {
    const understood = await openingAnswer(link, encodeRequest(spoken, opening), {
      opening,
      limit,
    });
    const { revision, answer } = understood;
    options.reporter.detail(
      `The server speaks revision ${revision.name}: it answered "${answer.kind}"`,
    );
    return { link, ...understood };
  } catch (error) {
    await link.close();
    if (error instanceof ForeignService) throw error;
    if (!(error instanceof ServerFault || error instanceof ConnectionLost)) throw error;
    if (error instanceof ServerFault) options.handshake.wasAnswered();
    options.reporter.detail(`Not revision ${spoken.name}: ${error.message}`);
    failures.push({ revisions, error, opening: opening.kind });
    return undefined;
  }
}

/** Connects. If the server is gone, what it was `asked` in may have ended it. */
async function openLink(
  options: ServerLinkOptions,
  asked: string | undefined,
): Promise<ServerLink> {
  try {
    return await ServerLink.open(options);
  } catch (error) {
    if (!(error instanceof ConnectFailed) || asked === undefined) throw error;
    throw new WentAway(
      `The server went away when it was asked in revision ${asked}; start it again, and name its ` +
        "revision with --revision",
      { cause: error },
    );
  }
}

function nameOf([first]: readonly Revision[]): string {
  return first?.name ?? "";
}

async function openingAnswer(
  link: ServerLink,
  request: Uint8Array,
  { limit, opening }: { readonly limit: number; readonly opening: ShortRequest },
): Promise<Omit<Understood, "link">> {
  const { reply, revision } = await ask(link, request, {
    clientId: opening.kind === "register" ? undefined : opening.clientId,
    limit,
  });
  // 2022c has no reconnect: there the public key is sent instead.
  const isKey = opening.kind === "publicKey" && reply.kind === "keyAccepted";
  if (!isKey && !UNDERSTOOD.has(reply.kind)) {
    throw new ServerFault(`The server answered with "${reply.kind}"`);
  }
  return { answer: reply, revision, opening: opening.kind };
}
