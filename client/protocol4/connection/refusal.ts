import { parseProblem, type Problem } from "../../../shared/protocol4/problem.ts";
import { ClientError, EXIT, type RefusalReason } from "../../client_error.ts";
import type { Answer } from "./http_connection.ts";
import { LostConnection } from "./errors.ts";

/** Statuses with which a server refuses the client, and no other request would fare better. */
const OF_THE_CLIENT: ReadonlySet<number> = new Set([401, 403]);

/** Statuses of requests that may pass when they are repeated: too slow, too many. */
const FOR_NOW: ReadonlySet<number> = new Set([408, 429]);

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
      // A request that is refused now is refused again, unless the server has failed or is busy.
      exitCode: status >= 400 && status < 500 && !FOR_NOW.has(status) ? EXIT.refused : EXIT.failed,
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
export async function refusalOf(answer: Answer, doing: string): Promise<RefusedRequest> {
  const { status } = answer;
  return new RefusedRequest(doing, { status, problem: await problemIn(answer) });
}

/** `answer`, if its status is one of these. Throws a `RefusedRequest` for another. */
export async function expectStatus(
  answer: Answer,
  { statuses, doing }: { readonly statuses: readonly number[]; readonly doing: string },
): Promise<Answer> {
  if (statuses.includes(answer.status)) return answer;
  throw await refusalOf(answer, doing);
}

async function problemIn({ headers, body }: Answer): Promise<Problem | undefined> {
  if (!headers.get("content-type")?.startsWith("application/problem+json")) {
    body.cancel();
    return undefined;
  }
  try {
    return parseProblem(await body.json());
  } catch (error) {
    if (error instanceof LostConnection) throw error;
    if (error instanceof ClientError) return undefined;
    throw error;
  }
}
