import { formatDuration } from "../../shared/settings/quantity.ts";
import type { ReplyKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { type Revision, REVISIONS_BY_PREFERENCE } from "../../shared/protocol3/revision.ts";
import {
  ConnectFailed,
  ConnectionLost,
  ForeignService,
  NoAnswer,
  NotUnderstood,
  ServerFault,
} from "./connection/errors.ts";
import { ask } from "./connection/request_reply.ts";
import { ServerLink, type ServerLinkOptions } from "./connection/server_link.ts";
import type { Handshake } from "./handshake.ts";
import type { HandshakeStart } from "./id_request.ts";
import type { Reporter } from "../uplink.ts";

/**
 * The families of codes in the order in which they are tried, each with its revisions, the
 * preferred one first. A reply distinguishes 2024a from 2023c. Nothing distinguishes 2022c from
 * 2023a before a file is sent, so it has to be set explicitly.
 */
const FAMILIES: readonly (readonly Revision[])[] = [
  ...Map.groupBy(REVISIONS_BY_PREFERENCE, ({ requests }) => requests.register.code).values(),
];

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
}

/** A family that the server did not understand, and the error that showed it. */
interface Failure {
  readonly revisions: readonly Revision[];
  readonly error: ServerFault | ConnectionLost;
}

/**
 * Finds out which revision a server speaks by opening the handshake in one family of codes after
 * the other, each on a connection of its own. The one that was understood stays open, with the
 * answer. If none was answered, the server may be slow: the first family is then repeated with the
 * whole timeout. A `proven` revision comes before all others, with the whole timeout.
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
  for (const revisions of FAMILIES) {
    if (revisions === before?.revisions) continue;
    const start = await tryFamily(revisions, { ...options, failures });
    if (start !== undefined) return start;
  }
  const silent = failures.find(({ error }) => error instanceof NoAnswer);
  const answered = failures.some(({ error }) => error instanceof ServerFault);
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
  });
}

/** Opens the handshake in the proven revision, as `tryFamily()`. */
async function tryProven(
  { proven, ...options }: SearchOptions & { readonly failures: Failure[] },
): Promise<HandshakeStart | undefined> {
  if (proven === undefined) return undefined;
  const { revision, isLastTry } = proven;
  // A reply says which of its family a server speaks, but for 2022c, which looks like 2023a.
  const family = FAMILIES.find((revisions) => revisions.includes(revision)) ?? [];
  const revisions = revision.requests.reconnect === undefined ? [revision] : family;
  const start = await tryFamily(revisions, { ...options, fullTimeout: true });
  if (start !== undefined) return start;
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
): Promise<HandshakeStart | undefined> {
  const [spoken] = revisions;
  if (spoken === undefined) return undefined;
  const link = await openLink({ ...options, revisions }, failures);
  const limit = fullTimeout ? options.timeout : Math.min(SILENCE, options.timeout);
  try {
    const { revision, reply } = await openingAnswer(link, spoken, { ...options, limit });
    options.reporter.detail(`The server speaks revision ${revision.name}`);
    return { link, revision, answer: reply };
  } catch (error) {
    await link.close();
    if (error instanceof ForeignService) throw error;
    if (!(error instanceof ServerFault || error instanceof ConnectionLost)) throw error;
    if (error instanceof ServerFault) options.handshake.wasAnswered();
    options.reporter.detail(`Not revision ${spoken.name}: ${error.message}`);
    failures.push({ revisions, error });
    return undefined;
  }
}

/** Connects. If the server is gone, an earlier request may have ended it. */
async function openLink(
  options: ServerLinkOptions,
  failures: readonly Failure[],
): Promise<ServerLink> {
  try {
    return await ServerLink.open(options);
  } catch (error) {
    const [last] = failures.slice(-1);
    if (!(error instanceof ConnectFailed) || last === undefined) throw error;
    throw new ConnectFailed(
      `The server went away when it was asked in revision ${nameOf(last.revisions)}; start it ` +
        "again, and name its revision with --revision",
      { cause: error },
    );
  }
}

function nameOf([first]: readonly Revision[]): string {
  return first?.name ?? "";
}

async function openingAnswer(
  link: ServerLink,
  spoken: Revision,
  { limit, handshake }: SearchOptions & { readonly limit: number },
): Promise<{ readonly revision: Revision; readonly reply: Reply }> {
  const opening = handshake.opening(spoken);
  const { reply, revision } = await ask(link, encodeRequest(spoken, opening), {
    clientId: opening.kind === "register" ? undefined : opening.clientId,
    limit,
  });
  // 2022c has no reconnect: there the public key is sent instead.
  const isKey = opening.kind === "publicKey" && reply.kind === "keyAccepted";
  if (!isKey && !UNDERSTOOD.has(reply.kind)) {
    throw new ServerFault(`The server answered with "${reply.kind}"`);
  }
  return { reply, revision };
}
