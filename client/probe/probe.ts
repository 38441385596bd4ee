import { clientIdText } from "../../shared/protocol/client_id.ts";
import type { Reply } from "../../shared/protocol/reply.ts";
import { encodeRequest, type ShortRequest } from "../../shared/protocol/request.ts";
import {
  type Revision,
  type RevisionName,
  REVISIONS_BY_PREFERENCE,
} from "../../shared/protocol/revision.ts";
import type { ServerDeviation } from "../../shared/protocol/server_deviation.ts";
import { TextField } from "../../shared/protocol/text_field.ts";
import { generateClientKeys } from "../../shared/crypto/key_transport.ts";
import type { Address } from "../../shared/files/address.ts";
import { ClientError, EXIT } from "../client_error.ts";
import { ConnectFailed, ConnectionLost, ServerFault } from "../session/faults.ts";
import { Line } from "../session/line.ts";

/** Milliseconds of silence after which a server is taken not to know a request. */
const SILENCE = 3_000;

/** Milliseconds for what may follow a reply: padding, an id that was not announced, a close. */
const AFTERMATH = 500;

/** What a probe needs. */
export interface ProbeOptions {
  readonly server: Address;
  /** Milliseconds that each wait may take. */
  readonly timeout: number;
  /** Told how it goes: one line at a time. */
  readonly detail: (line: string) => void;
}

/** What a server shows of itself. */
export interface ProbeResult {
  /** The revision that it speaks. */
  readonly revision: RevisionName;
  /** Whether it understood the question; it may only have answered with an error of that revision. */
  readonly certain: boolean;
  readonly deviations: readonly ServerDeviation[];
}

/** A request that registers nobody, in one revision. */
interface Question {
  readonly revision: Revision;
  readonly request: ShortRequest;
}

/**
 * Finds out which revision a server speaks and what deviations it shows, without registering: it asks
 * for a reconnect under an id that nobody has, and in 2022c, which knows none, brings a key for it.
 *
 * Throws a `ClientError`: `no-connection`, or `no-revision` when no question was understood.
 */
export async function probe(options: ProbeOptions): Promise<ProbeResult> {
  let guess: ProbeResult | undefined;
  for (const question of await questions()) {
    const { revision: { name } } = question;
    try {
      const result = await put(question, options);
      if (result.certain) return result;
      guess ??= result;
    } catch (error) {
      if (error instanceof ConnectFailed) {
        const { message, cause } = error;
        throw new ClientError(message, {
          reason: "no-connection",
          exitCode: EXIT.noConnection,
          cause,
        });
      }
      if (!(error instanceof ServerFault || error instanceof ConnectionLost)) throw error;
      options.detail(`Not revision ${name}: ${error.message}`);
    }
  }
  if (guess !== undefined) return guess;
  throw new ClientError(
    "The server understood no revision of the protocol; check that it is one of protocol 3, and see " +
      "its log",
    { reason: "no-revision", exitCode: EXIT.failed },
  );
}

async function questions(): Promise<readonly Question[]> {
  const clientId = crypto.getRandomValues(new Uint8Array(16));
  const name = TextField.of(`probe-${clientIdText(clientId.subarray(0, 4))}`);
  const { publicKey } = await generateClientKeys();
  return REVISIONS_BY_PREFERENCE.filter((revision) => !isRepeated(revision)).map((revision) => ({
    revision,
    request: revision.requests.reconnect === undefined
      ? { kind: "publicKey", clientId, name, publicKey }
      : { kind: "reconnect", clientId, name },
  }));
}

/** Whether an earlier revision has the same code for the question: its reply tells the two apart. */
function isRepeated(revision: Revision): boolean {
  const { reconnect } = revision.requests;
  const first = REVISIONS_BY_PREFERENCE.find(({ requests }) => requests.reconnect === reconnect);
  return reconnect !== undefined && first !== revision;
}

/** Throws a `ServerFault` when the answer is none of the protocol, and `ConnectionLost` without one. */
async function put(
  { revision: spoken, request }: Question,
  { server, timeout, detail }: ProbeOptions,
): Promise<ProbeResult> {
  const { reconnect } = spoken.requests;
  const revisions = REVISIONS_BY_PREFERENCE.filter(({ requests }) =>
    requests.reconnect === reconnect
  );
  const deviations = new Set<ServerDeviation>();
  const line = await Line.open({
    server,
    timeout,
    revisions,
    compats: new Set(),
    onDeviation: (deviation) => deviations.add(deviation),
  });
  try {
    await line.request(encodeRequest(spoken, request));
    const event = await line.next(Math.min(SILENCE, timeout));
    if (event.type !== "reply") throw new ServerFault("The answer is no reply to it");
    const { reply, revision } = event;
    detail(`The answer to "${request.kind}" of revision ${spoken.name} is "${reply.kind}"`);
    await line.linger(AFTERMATH);
    const certain = isUnderstood(reply, request);
    return { revision: revision.name, certain, deviations: [...deviations] };
  } finally {
    await line.close();
  }
}

/**
 * Whether a reply shows that the question was understood. An error may as well be about its code, and
 * 2022c says so with `registrationRefused`.
 */
function isUnderstood({ kind }: Reply, question: ShortRequest): boolean {
  return question.kind === "reconnect"
    ? kind === "reconnectRefused" || kind === "reconnectAccepted"
    : kind === "registrationRefused" || kind === "keyAccepted";
}
