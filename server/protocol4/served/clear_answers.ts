import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { formatAddress } from "../../../shared/text/address.ts";
import { toBase64 } from "../../../shared/text/encodings.ts";
import type { ClearHandler } from "../../listening/choosing/clear_answer.ts";
import type { Counters } from "../../observe/counters.ts";
import type { KnownKey } from "../identity/current_key.ts";

/** What answers without TLS count. */
export type ClearAnswerCounter = "refused.token-in-clear";

export interface ClearAnswersOptions {
  /** The server's key, as it is at the time of a request. */
  readonly serverKey: Pick<KnownKey, "spki" | "rotation">;
  /** The name to which browsers are sent; undefined if none is set. */
  readonly hostname: string | undefined;
  /** The port of the listener. */
  readonly port: number;
  readonly counters: Counters<ClearAnswerCounter>;
  /** Revokes a token that came in the clear, where anyone may have read it. */
  readonly revoke: (authorization: string) => Promise<void>;
}

const KEY_PATH = "/v4/key";

/** The answer to all other requests. */
const NO_TLS = "This server speaks TLS; give its address with https:// or sealpost://";

const HEADERS = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "sandbox; default-src 'none'",
} as const;

/**
 * What is answered without TLS: the key of the server, for a client that meets it for the first
 * time, and to browsers a redirect to its name, if it has one. The `Host` header counts for
 * nothing: anyone may have written it.
 */
export function clearAnswers(
  { serverKey, hostname, port, counters, revoke }: ClearAnswersOptions,
): ClearHandler {
  return async ({ method, target, header }, { log }) => {
    const authorization = header("authorization");
    if (authorization !== undefined) {
      counters.add("refused.token-in-clear");
      await revoke(authorization);
      log.warn("A token came without TLS, and holds no longer: {reason}", {
        reason: "token-in-clear",
      });
      return text(
        400,
        "The token that you sent can be read by anyone on the way. It holds no " +
          "longer; log in again, by TLS",
      );
    }
    if (method !== "GET") return text(400, NO_TLS);
    if (target === KEY_PATH) {
      const { spki, rotation } = serverKey;
      return Response.json({
        key: keyText(spki),
        spki: toBase64(spki),
        ...(rotation !== undefined && { rotation }),
      }, { headers: HEADERS });
    }
    if (hostname === undefined || !target.startsWith("/")) {
      return text(400, NO_TLS);
    }
    const location = `https://${formatAddress({ host: hostname, port })}${target}`;
    return new Response(null, { status: 307, headers: { ...HEADERS, location } });
  };
}

function text(status: number, line: string): Response {
  return new Response(`${line}\n`, {
    status,
    headers: { ...HEADERS, "content-type": "text/plain; charset=utf-8" },
  });
}
