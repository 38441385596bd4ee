import type { Logger } from "@logtape/logtape";
import { type Clock, pause } from "../../shared/clock.ts";
import { type ProblemError, type ProblemReason, statusOf } from "../../shared/protocol4/problem.ts";
import { clientIdText } from "../../shared/wire/client_id.ts";
import { messageOf } from "../../shared/text/quoted.ts";
import type { Accounts } from "../storage/trees/accounts.ts";
import type { Counters } from "../observe/counters.ts";
import { StorageError } from "../storage/storage_error.ts";
import { problemAnswer, problemFor, withCommonHeaders } from "./http/answers.ts";
import { drainUnread } from "./http/drain_body.ts";
import { type Exchange, rawTarget } from "./http/exchange.ts";
import { RequestsUnderWay } from "./http/requests_under_way.ts";
import { whileTokenHolds } from "./identity/while_token_holds.ts";
import { type Route, Router } from "./http/router.ts";
import type { Peer } from "../listening/piping/handler.ts";
import type { Protocol4Counter } from "./protocol4_counter.ts";

/** Requests that one connection may have under way: as many as a browser asks for. */
const MOST_OF_CONNECTION = 128;

export interface ApplicationParts {
  readonly routes: readonly Route[];
  readonly counters: Counters<Protocol4Counter>;
  readonly accounts: Pick<Accounts, "token">;
  /** Times the answers to failures, and looks at tokens. */
  readonly clock: Clock;
  /** Requests that one client may have under way. */
  readonly requestsPerClient: number;
}

/** Answers a request of a peer. Never rejects. */
export type Application = (request: Request, peer: Peer) => Promise<Response>;

/**
 * Reasons that count as failures of an address: no honest client has them, only one that guesses or
 * repeats what it overheard.
 */
const FAILURES: ReadonlySet<ProblemReason> = new Set<ProblemReason>([
  "token-unknown",
  "signature-invalid",
  "nonce-used",
  "client-unknown",
  "invitation-unknown",
]);

/**
 * The application of protocol 4: finds the resource of a request, and turns every error into an
 * answer, a line of the log and a counter with the same reason.
 */
export function applicationOf(
  { routes, counters, accounts, clock, requestsPerClient }: ApplicationParts,
): Application {
  const router = new Router(routes);
  const ofConnections = new RequestsUnderWay<object>({ most: MOST_OF_CONNECTION });
  const ofClients = new RequestsUnderWay<string>({ most: requestsPerClient });

  async function answer(request: Request, peer: Peer): Promise<Response> {
    const { path, query } = rawTarget(request.url);
    const { handler, rawPath } = router.find(request.method, path);
    using counted = new DisposableStack();
    counted.use(ofConnections.begin(peer.slot));
    let known = false;
    const exchange: Exchange = {
      ...{ request, rawPath, query: new URLSearchParams(query) },
      peer: whileTokenHolds(peer, { request, accounts, clock }),
      isOf(client) {
        // A batch asks again whether its token holds.
        if (!known && !counted.disposed) counted.use(ofClients.begin(clientIdText(client)));
        known = true;
      },
      lasts: () => counted.move(),
    };
    return await handler(exchange);
  }

  async function refuse(error: unknown, request: Request, peer: Peer): Promise<Response> {
    const problem = problemFor(error);
    counters.add(`refused.${problem.reason}`);
    logRefusal(peer.log, { problem, error, request });
    const delay = FAILURES.has(problem.reason) ? peer.slot.failed() : 0;
    if (delay > 0) await pause(clock, delay);
    return problemAnswer(problem, request);
  }

  return async (request, peer) => {
    counters.add("requests");
    const response = await answer(request, peer).catch((error: unknown) =>
      refuse(error, request, peer)
    );
    // The answer goes out meanwhile.
    void drainUnread(request);
    return withCommonHeaders(response, request);
  };
}

/** Writes the line about a refusal; nothing of the path or the headers is in it. */
function logRefusal(
  log: Logger,
  { problem, error, request }: {
    readonly problem: ProblemError;
    readonly error: unknown;
    readonly request: Request;
  },
): void {
  const { reason } = problem;
  const line = "Refused {request}: {reason}: {detail}";
  const facts = { request: request.method, reason };
  if (statusOf(reason) === 500) {
    const stack = error instanceof Error ? error.stack ?? "" : "";
    log.error(line, { ...facts, detail: messageOf(error), stack });
  } else if (reason === "server-busy" && error instanceof StorageError) {
    // The client is not told what is away.
    log.warn(line, { ...facts, detail: `${error.reason}: ${error.message}` });
  } else if (QUIET.has(reason)) log.debug(line, { ...facts, detail: problem.message });
  else log.warn(line, { ...facts, detail: problem.message });
}

/** What honest clients are refused every day: a file that is not there, a block that differs. */
const QUIET: ReadonlySet<ProblemReason> = new Set<ProblemReason>([
  "no-token",
  "not-found",
  "no-resource",
  "upload-unknown",
  "precondition-failed",
  "offset-mismatch",
  "tree-mismatch",
  "range-invalid",
]);
