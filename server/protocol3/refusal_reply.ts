import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { FileRequest, ShortRequest } from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import type { RefusalReason } from "./refusal.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

/** What a reply answers. */
export interface ReplyContext {
  readonly revision: Revision;
  readonly clientId: ClientId;
  readonly kind?: RequestKind;
}

/** Returns the context of the reply to a request. */
export function replyContextOf(
  { revision, request }: {
    readonly revision: Revision;
    readonly request: ShortRequest | FileRequest;
  },
): ReplyContext {
  return { revision, clientId: request.clientId, kind: request.kind };
}

/** Reasons for which a reconnecting client has to register again. */
const REGISTER_AGAIN: ReadonlySet<RefusalReason> = new Set([
  "unknown-client",
  "name-mismatch",
  "no-public-key",
  "public-key-invalid",
]);

/** Reasons that count as failures: no correct client causes them, only one that guesses. */
const FAILURES: ReadonlySet<RefusalReason> = new Set([
  "unknown-code",
  "payload-too-large",
  "payload-size-mismatch",
  "file-payload-too-small",
  "content-size-not-block",
  "client-id-mismatch",
  "public-key-invalid",
  "unknown-client",
  "name-mismatch",
  "no-upload",
]);

/** Whether a refusal counts as a failure of the client's address. */
export function isFailure({ kind }: ReplyContext, reason: RefusalReason): boolean {
  // A client that returns to a server that lost its catalog is honest; 2022c sends its key then.
  const comesBack = kind === "reconnect" || kind === "publicKey";
  const forgotten = comesBack && reason === "unknown-client";
  // The code opens a session in another revision: a client finds out what the server speaks.
  const searches = kind !== undefined && reason === "unknown-code";
  return FAILURES.has(reason) && !forgotten && !searches;
}

/** Returns the reply to a refused request (protocol-3, decisions 2, 3 and 11). */
export function refusalReply(
  { revision, clientId, kind }: ReplyContext,
  reason: RefusalReason,
): Reply {
  if (kind === "reconnect" && REGISTER_AGAIN.has(reason)) {
    return { kind: "reconnectRefused", clientId };
  }
  // 2022c has no code for errors: "registration refused" is used for all of them.
  return reason === "name-taken" || revision.replies.serverError === undefined
    ? { kind: "registrationRefused" }
    : { kind: "serverError" };
}
