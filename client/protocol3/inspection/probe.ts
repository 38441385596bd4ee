import { toHex } from "../../../shared/text/encodings.ts";
import { CLIENT_ID_SIZE, clientIdOf } from "../../../shared/wire/client_id.ts";
import type { Reply } from "../../../shared/protocol3/reply.ts";
import { encodeRequest, type ShortRequest } from "../../../shared/protocol3/request.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import {
  SERVER_DEVIATIONS,
  type ServerDeviation,
} from "../../../shared/protocol3/parsing/reply_parser.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { generateClientKeys } from "../../../shared/protocol3/crypto/key_transport.ts";
import type { ProbeOptions, Prober, ProbeResult } from "../../probe/prober.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import {
  ConnectFailed,
  ConnectionLost,
  ForeignService,
  NoAnswer,
  noConnection,
  otherService,
  ServerFault,
} from "../connection/errors.ts";
import { ServerLink } from "../connection/server_link.ts";
import { SEARCH_ORDER } from "../revision_search.ts";
import { CONNECT_LIMIT } from "../connection/server_connection.ts";

/** Milliseconds of silence after which a server is assumed not to know a request. */
const SILENCE = 3_000;

/** Milliseconds to wait for what may follow a reply: padding, an unannounced id, a close. */
const AFTERMATH = 500;

/** A request of one revision that registers no client. */
interface Question {
  readonly revision: Revision;
  readonly request: ShortRequest;
}

/**
 * Finds out which revision a server speaks and what deviations it shows, without registering: it
 * requests a reconnect under an unused id, and in 2022c, which has no reconnect, sends a key for
 * it. If no question was answered, the server may be slow: the first is then repeated with the
 * whole timeout.
 *
 * Throws a `ClientError`: `no-connection`, or `no-revision` when no question was understood.
 */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  const { server, timeout, detail } = options;
  const asked = await questions();
  let guess: ProbeResult | undefined;
  let silences = 0;
  try {
    for (const question of asked) {
      const result = await answerTo(question, { ...options, limit: Math.min(SILENCE, timeout) });
      if (result === "silence") silences += 1;
      else if (result?.certain) return result;
      else guess ??= result;
    }
    const [first] = asked;
    if (first !== undefined && silences === asked.length && timeout > SILENCE) {
      detail(`No answer within ${SILENCE / 1000} s to anything; waiting up to ${timeout / 1000} s`);
      const result = await answerTo(first, { ...options, limit: timeout });
      if (result !== "silence") silences = 0;
      if (result !== "silence" && result?.certain) return result;
      guess ??= result === "silence" ? undefined : result;
    }
  } catch (error) {
    if (error instanceof ForeignService) throw otherService(error, server);
    if (error instanceof ConnectFailed) throw noConnection(error);
    throw error;
  }
  if (guess !== undefined) return guess;
  const what = silences === asked.length
    ? `The server did not answer within ${timeout / 1000} s`
    : "The server understood no revision of the protocol";
  throw new ClientError(
    `${what}; check that it is one of protocol 3, and see its log, or log in if it speaks ` +
      "protocol 4 (login ADDRESS --name NAME)",
    { reason: "no-revision", exitCode: EXIT.failed },
  );
}

/** The result of a question; undefined if it was not understood. */
async function answerTo(
  question: Question,
  options: ProbeOptions & { readonly limit: number },
): Promise<ProbeResult | "silence" | undefined> {
  try {
    return await put(question, options);
  } catch (error) {
    if (error instanceof ForeignService) throw error;
    if (!(error instanceof ServerFault || error instanceof ConnectionLost)) throw error;
    options.detail(`Not revision ${question.revision.name}: ${error.message}`);
    return error instanceof NoAnswer ? "silence" : undefined;
  }
}

async function questions(): Promise<readonly Question[]> {
  const clientId = clientIdOf(crypto.getRandomValues(new Uint8Array(CLIENT_ID_SIZE)));
  const name = TextField.of(`probe-${toHex(clientId.subarray(0, 4))}`);
  const { publicKey } = await generateClientKeys();
  return SEARCH_ORDER.filter((revision) => !isRepeated(revision)).map((revision) => ({
    revision,
    request: revision.requests.reconnect === undefined
      ? { kind: "publicKey", clientId, name, publicKey }
      : { kind: "reconnect", clientId, name },
  }));
}

/**
 * Whether an earlier revision has the same code for the question: its reply tells the two apart.
 */
function isRepeated(revision: Revision): boolean {
  const code = revision.requests.reconnect?.code;
  const first = SEARCH_ORDER.find(({ requests }) => requests.reconnect?.code === code);
  return code !== undefined && first !== revision;
}

/** Throws a `ServerFault` for an invalid answer, and `ConnectionLost` without one. */
async function put(
  { revision: spoken, request }: Question,
  { server, timeout, clock, limit, detail }: ProbeOptions & { readonly limit: number },
): Promise<ProbeResult> {
  const code = spoken.requests.reconnect?.code;
  const revisions = SEARCH_ORDER.filter(({ requests }) => requests.reconnect?.code === code);
  const deviations = new Set<ServerDeviation>();
  const link = await ServerLink.open({
    server,
    timeout,
    connectTimeout: Math.min(CONNECT_LIMIT, timeout),
    clock,
    revisions,
    quirks: new Set(),
    onDeviation: (deviation) => deviations.add(deviation),
  });
  try {
    await link.request(encodeRequest(spoken, request));
    const event = await link.next(limit);
    if (event.type !== "reply") throw new ServerFault("The answer is no reply to it");
    const { reply, revision } = event;
    detail(`The answer to "${request.kind}" of revision ${spoken.name} is "${reply.kind}"`);
    await link.linger(AFTERMATH);
    const certain = isUnderstood(reply, request);
    return { revision: revision.name, certain, deviations: [...deviations] };
  } finally {
    await link.close();
  }
}

/**
 * Whether a reply shows that the question was understood. An error may also mean an unknown code;
 * in 2022c that is `registrationRefused`.
 */
function isUnderstood({ kind }: Reply, question: ShortRequest): boolean {
  return question.kind === "reconnect"
    ? kind === "reconnectRefused" || kind === "reconnectAccepted"
    : kind === "registrationRefused" || kind === "keyAccepted";
}

/** The probe for protocol 3. */
export const PROBER: Prober = { probe, deviations: SERVER_DEVIATIONS };
