import type { Address } from "../../shared/files/address.ts";
import type { ReplyKind } from "../../shared/protocol/message.ts";
import type { Reply } from "../../shared/protocol/reply.ts";
import { encodeRequest } from "../../shared/protocol/request.ts";
import { type Revision, REVISIONS_BY_PREFERENCE } from "../../shared/protocol/revision.ts";
import type { ServerDeviation } from "../../shared/protocol/server_deviation.ts";
import { ConnectionLost, NotUnderstood, ServerFault } from "./faults.ts";
import type { Compats } from "./compat.ts";
import { ask } from "./exchange.ts";
import { Line } from "./line.ts";
import type { Introduction, Meeting } from "./introduction.ts";
import type { Witness } from "./witness.ts";

/**
 * The families of codes in the order in which they are tried, each with the revisions that use it, the
 * one to speak first. A reply tells 2024a from 2023c. Nothing tells 2022c from 2023a before a file is
 * sent, so it has to be named.
 */
const FAMILIES: readonly (readonly Revision[])[] = [
  ...Map.groupBy(REVISIONS_BY_PREFERENCE, ({ requests }) => requests.register.code).values(),
];

/** Milliseconds of silence after which a server is taken not to know a family. */
const SILENCE = 3_000;

/** Replies by which a server shows that it understood the opening of an introduction. */
const UNDERSTOOD: ReadonlySet<ReplyKind> = new Set([
  "registered",
  "registrationRefused",
  "reconnectAccepted",
  "reconnectRefused",
]);

/** What a search needs. */
export interface SearchOptions {
  readonly server: Address;
  /** Milliseconds that each wait may take. */
  readonly timeout: number;
  readonly compats: Compats;
  readonly onDeviation: (deviation: ServerDeviation) => void;
  readonly wary?: boolean;
  readonly introduction: Introduction;
  readonly witness: Witness;
}

/**
 * Finds out which revision a server speaks by opening the introduction in one family of codes after
 * the other, each on a connection of its own. The one that was understood stays open, with the answer.
 *
 * Throws `NotUnderstood` when none was, and `ConnectFailed`.
 */
export async function meet(options: SearchOptions): Promise<Meeting> {
  const { witness } = options;
  const failures: string[] = [];
  for (const revisions of FAMILIES) {
    const line = await Line.open({ ...options, revisions });
    const [spoken] = revisions;
    if (spoken === undefined) continue;
    try {
      const { revision, reply } = await openingAnswer(line, spoken, options);
      witness.detail(`The server speaks revision ${revision.name}`);
      return { line, revision, answer: reply };
    } catch (error) {
      await line.close();
      if (!(error instanceof ServerFault || error instanceof ConnectionLost)) throw error;
      witness.detail(`Not revision ${spoken.name}: ${error.message}`);
      failures.push(`${spoken.name}: ${error.message}`);
    }
  }
  throw new NotUnderstood(`No revision was understood (${failures.join("; ")})`);
}

async function openingAnswer(
  line: Line,
  spoken: Revision,
  { timeout, introduction }: SearchOptions,
): Promise<{ readonly revision: Revision; readonly reply: Reply }> {
  const opening = introduction.opening(spoken);
  const { reply, revision } = await ask(line, encodeRequest(spoken, opening), {
    clientId: opening.kind === "register" ? undefined : opening.clientId,
    limit: Math.min(SILENCE, timeout),
  });
  if (!UNDERSTOOD.has(reply.kind)) {
    throw new ServerFault(`The server answered with "${reply.kind}"`);
  }
  return { reply, revision };
}
