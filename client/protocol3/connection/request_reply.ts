import { TextField } from "../../../shared/wire/layout.ts";
import type { Quirks } from "../../settings/send_settings.ts";
import { type ClientId, sameClientId } from "../../../shared/wire/client_id.ts";
import type { Reply } from "../../../shared/protocol3/reply.ts";
import { encodeRequest, type ShortRequest } from "../../../shared/protocol3/request.ts";
import type { Revision } from "../../../shared/protocol3/revision.ts";
import { ClientError, EXIT } from "../../client_error.ts";
import type { ReplyEvent } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { ConnectionLost, ServerFault } from "./errors.ts";
import type { ServerLink } from "./server_link.ts";
import type { Reporter } from "../../uplink.ts";

export interface RetryOptions {
  /** What is being done, as it follows "cannot" in the error message. */
  readonly doing: string;
  /** How often the request is sent again after an error. */
  readonly retries: number;
  readonly reporter: Reporter;
}

/** What is known of the expected reply. */
export interface Expectation {
  /** The client id that it must have. */
  readonly clientId?: ClientId | undefined;
  /** Milliseconds to wait for it. Default: the timeout of the connection. */
  readonly limit?: number;
}

/**
 * The next reply and its revision. Throws a `ServerFault` for an error, an invalid reply or a reply
 * to another client, and `ConnectionLost`.
 */
export async function expectReply(
  link: ServerLink,
  { clientId, limit }: Expectation = {},
): Promise<{ readonly reply: Reply; readonly revision: Revision }> {
  return replyIn(await link.next(limit), { clientId });
}

/** The reply in an event; throws as `expectReply()` does. */
export function replyIn(
  event: ReplyEvent,
  { clientId }: Pick<Expectation, "clientId">,
): { readonly reply: Reply; readonly revision: Revision } {
  if (event.type === "refused") throw new ServerFault(event.error.message);
  if (event.type === "packetReceived") throw new ServerFault("The server acknowledged a packet");
  const { reply, revision } = event;
  if (reply.kind === "serverError") throw new ServerFault("The server reported an error");
  if (
    clientId !== undefined && "clientId" in reply && reply.clientId !== undefined &&
    !sameClientId(reply.clientId, clientId)
  ) throw new ServerFault("The server answered another client");
  return { reply, revision };
}

/**
 * Sends a whole request; returns the reply, as `expectReply()` does. Detects a server that closes
 * after every reply.
 */
export async function ask(
  link: ServerLink,
  request: Uint8Array,
  expectation: Expectation = {},
): Promise<{ readonly reply: Reply; readonly revision: Revision }> {
  for (;;) {
    try {
      await link.request(request);
      const answer = await expectReply(link, expectation);
      await link.watch();
      return answer;
    } catch (error) {
      if (!(error instanceof ConnectionLost && link.noticeHangUp())) throw error;
    }
  }
}

/**
 * Repeats an exchange after each `ServerFault`, up to `retries` times, then throws a `ClientError`
 * (`server-error`). Other errors pass to the caller.
 */
export async function untilAnswered<T>(
  { doing, retries, reporter }: RetryOptions,
  exchange: () => Promise<T>,
): Promise<T> {
  for (let faults = 1;; faults++) {
    try {
      return await exchange();
    } catch (error) {
      if (!(error instanceof ServerFault)) throw error;
      reporter.trouble("server responded with an error");
      reporter.detail(error.message);
      if (faults > retries) throw serverError(doing, error);
    }
  }
}

/** Retries exhausted: the server answered with errors each time. */
export function serverError(doing: string, fault: Error, advice = "then try again"): ClientError {
  return new ClientError(
    `Cannot ${doing}: ${lowerFirst(fault.message)}; see the server's log for the reason, ${advice}`,
    { reason: "server-error", exitCode: EXIT.failed, cause: fault },
  );
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/**
 * The field for a name, in the form that the server expects. Throws a `RangeError` when it does not
 * fit.
 */
export function nameField(name: string, quirks: Quirks): TextField {
  return quirks.has("left-pad-names") ? TextField.atEnd(name) : TextField.of(name);
}

/** The link of a handshake. */
export interface HandshakeStart {
  readonly link: ServerLink;
  readonly revision: Revision;
  /** The reply to the first request of the handshake, if that was already sent. */
  readonly answer?: Reply | undefined;
  /** Whether that reply may be the error of a server of another revision. */
  readonly isGuess?: boolean;
  /** Whether the public key is sent by a client on record too, in place of a reconnect. */
  readonly sendsKey?: boolean;
}

/** Sends a request of a handshake; returns the reply, as `ask()`. */
export async function request(
  { link, revision }: HandshakeStart,
  request: ShortRequest,
): Promise<Reply> {
  const clientId = request.kind === "register" ? undefined : request.clientId;
  return (await ask(link, encodeRequest(revision, request), { clientId })).reply;
}
