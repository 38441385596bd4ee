/** What servers do to a client in tests: small scripts to put together. */

import type { RequestKind } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { Answer, Script, Turn } from "./scripted_server.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** An id that no client of a test has. */
export const STRANGER = clientIdOf(new Uint8Array(16).fill(0xee));

/**
 * Does `otherwise` about the first `times` requests of a kind, and what the book says about the
 * rest.
 */
export function first(
  times: number,
  kind: RequestKind,
  otherwise: Answer | Script,
): Script {
  return (request, turn) => {
    if (request.kind !== kind || turn.nth > times) return undefined;
    return typeof otherwise === "function" ? otherwise(request, turn) : otherwise;
  };
}

/** Does `otherwise` about all requests of a kind. */
export function always(kind: RequestKind, otherwise: Answer | Script): Script {
  return first(Infinity, kind, otherwise);
}

/** The first of some scripts that has something to say about a request is followed. */
export function either(...scripts: readonly Script[]): Script {
  return async (request, turn) => {
    for (const script of scripts) {
      const answer = await script(request, turn);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}

/** Acts by the book and replies something else. */
export function insteadOf(change: (reply: Reply, turn: Turn) => Answer): Script {
  return async (_request, turn) => {
    const reply = await turn.official();
    return reply === undefined ? "nothing" : change(reply, turn);
  };
}

/** Replies to a whole file with a checksum that is not its own. */
export const wrongChecksum: Script = insteadOf((reply) =>
  reply.kind === "fileReceived" ? { ...reply, checksum: (reply.checksum ^ 1) >>> 0 } : reply
);

/** Replies by the book, but to another client. */
export const forStranger: Script = insteadOf((reply) =>
  "clientId" in reply ? { ...reply, clientId: STRANGER } : reply
);

/** Says a thing again and again, as long as the client listens. */
export function* endlessly<T>(thing: T): Generator<T, void, void> {
  for (;;) yield thing;
}
