import {
  ClientError,
  type ClientReason,
  EXIT,
  type ExitCode,
  type RefusalReason,
} from "../../client_error.ts";
import type { Problem } from "../../../shared/protocol4/problem.ts";

/** What of an answer says whether it refuses, and why. */
interface SaidAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: { readonly json: () => Promise<unknown>; readonly cancel: () => void };
}

/** The connection ended, or nothing came over it in time: the same request may be sent again. */
export class LostConnection extends ClientError {
  constructor(
    reason: ClientReason & ("connection-lost" | "no-answer"),
    message: string,
    cause?: unknown,
  ) {
    super(message, { reason, exitCode: EXIT.failed, cause });
  }
}

/** The error for an answer that is not of its form; the connection cannot be used any more. */
export function badAnswer(what: string): ClientError {
  return new ClientError(
    `The server ${what}; check that it is a server of protocol 4, and see its log`,
    { reason: "bad-answer", exitCode: EXIT.failed },
  );
}

/** Statuses with which a server refuses the client, and no other request would fare better. */
const OF_THE_CLIENT: ReadonlySet<number> = new Set([401, 403]);

/** Statuses of requests that may pass when they are repeated: too slow, too many. */
const FOR_NOW: ReadonlySet<number> = new Set([408, 429]);

/** Problem reasons after which the client logs in for another token. */
const OF_THE_TOKEN: ReadonlySet<string | undefined> = new Set([
  ...["no-token", "token-unknown", "token-expired", "token-revoked"],
]);

/** Whether only the token was refused, so that the request may be sent again with another. */
export function isTokenOver(reason: string | undefined): boolean {
  return OF_THE_TOKEN.has(reason);
}

/**
 * The exit code for a refusal with this status: what is refused now is refused again, unless the
 * server has failed, is busy or is full.
 */
function exitCodeOf(status: number): ExitCode {
  return status >= 400 && status < 500 && !FOR_NOW.has(status) ? EXIT.refused : EXIT.failed;
}

/**
 * Reasons with which a request would have such a status, for answers that have none: the table of
 * all is loaded for requests that are refused only.
 */
const OF_THE_SERVER: ReadonlySet<string> = new Set([
  ...["server-error", "server-busy", "server-stopping", "server-full"],
  ...["database-gone", "data-not-writable"],
  ...["quota-exceeded", "too-many-files", "too-many-requests"],
]);

/** A request that the server refused, with the document that says why. */
export class RefusedRequest extends ClientError {
  /** What the server said, with members such as `offset`; undefined if it was no such document. */
  readonly problem: Problem | undefined;
  readonly status: number;

  constructor(
    doing: string,
    { status, problem }: { readonly status: number; readonly problem: Problem | undefined },
  ) {
    const said = problem?.detail ?? `it answered with the status ${status}`;
    super(`The server refused to ${doing}: ${said}`, {
      reason: problem === undefined ? "server-error" : problem.reason as RefusalReason,
      exitCode: exitCodeOf(status),
      hopeless: OF_THE_CLIENT.has(status),
    });
    this.problem = problem;
    this.status = status;
  }
}

/**
 * The error for an answer that refuses; `doing` follows "refused to". Reads the answer's body, at
 * most 64 KiB of it.
 */
export async function refusalOf(answer: SaidAnswer, doing: string): Promise<RefusedRequest> {
  const { status } = answer;
  return new RefusedRequest(doing, { status, problem: await problemIn(answer) });
}

/** `answer`, if its status is one of these. Throws a `RefusedRequest` for another. */
export async function expectStatus<A extends SaidAnswer>(
  answer: A,
  { statuses, doing }: { readonly statuses: readonly number[]; readonly doing: string },
): Promise<A> {
  if (statuses.includes(answer.status)) return answer;
  throw await refusalOf(answer, doing);
}

/**
 * Expects that a request has removed something. One that was sent again may find that the first,
 * whose answer was lost, has done it. Throws a `RefusedRequest`.
 */
export async function expectRemoved(
  answer: SaidAnswer & { readonly isRepeated?: boolean },
  doing: string,
): Promise<void> {
  if (answer.status === 204) return;
  const refusal = await refusalOf(answer, doing);
  if (answer.isRepeated !== true || refusal.reason !== "not-found") throw refusal;
}

async function problemIn({ headers, body }: SaidAnswer): Promise<Problem | undefined> {
  if (!headers.get("content-type")?.startsWith("application/problem+json")) {
    body.cancel();
    return undefined;
  }
  // Most runs are refused nothing, and do not load the table.
  const { parseProblem } = await import("../../../shared/protocol4/problem.ts");
  try {
    return parseProblem(await body.json());
  } catch (error) {
    if (error instanceof LostConnection) throw error;
    if (error instanceof ClientError) return undefined;
    throw error;
  }
}

/** The error for an entry of a batch, or for the batch itself, that the server refused. */
export function refused(
  what: string,
  { reason, message }: { readonly reason: string; readonly message: string },
): ClientError {
  return new ClientError(`The server refused ${what}: ${message}`, {
    // A later version may have more reasons; they are shown as they are.
    reason: reason as RefusalReason,
    exitCode: OF_THE_SERVER.has(reason) ? EXIT.failed : EXIT.refused,
    hopeless: false,
  });
}
