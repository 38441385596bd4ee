import {
  MAX_ELEMENT_BYTES,
  MAX_ELEMENTS,
  MAX_PATH_BYTES,
} from "../../../shared/names/path_bounds.ts";
import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { BLOCK_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { toBase64, toBase64Url } from "../../../shared/text/encodings.ts";
import type { RegistrationMode } from "../../settings/server_settings.ts";
import { MOST_UPLOADS } from "../../storage/trees/uploads.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Route } from "../http/router.ts";
import type { AskedNonces } from "./asked_nonces.ts";
import { NONCE_TIME } from "./nonces.ts";
import type { IdentityParts } from "./tokens.ts";

export interface ServerResourceParts extends Pick<IdentityParts, "nonces" | "serverKey" | "clock"> {
  readonly registration: RegistrationMode;
  readonly asked: AskedNonces;
  /** The largest file, in bytes. */
  readonly fileSize: number;
  /** Milliseconds for which an upload is kept after its last byte. */
  readonly uploadTime: number;
  /** Whether an address has no limit. */
  readonly isExempt: (address: string) => boolean;
}

/** `GET /v4`, `GET /v4/key` and `POST /v4/nonce`: what everybody may ask. */
export function serverRoutes(parts: ServerResourceParts): readonly Route[] {
  const { nonces, asked, serverKey, clock, registration, isExempt } = parts;

  function about(): Response {
    return jsonAnswer({
      versions: [4],
      key: keyText(serverKey.spki),
      time: clock.date().toISOString(),
      registration,
      blockSize: BLOCK_SIZE,
      limits: {
        fileSize: parts.fileSize,
        uploads: MOST_UPLOADS,
        uploadSeconds: Math.floor(parts.uploadTime / 1_000),
        pathBytes: MAX_PATH_BYTES,
        elementBytes: MAX_ELEMENT_BYTES,
        elements: MAX_ELEMENTS,
      },
    });
  }

  function currentKey(): Response {
    const { spki, rotation } = serverKey;
    return jsonAnswer({
      key: keyText(spki),
      spki: toBase64(spki),
      ...(rotation !== undefined && { rotation }),
    });
  }

  function nonce({ peer }: Exchange): Response {
    const wait = isExempt(peer.address) ? 0 : asked.spend(peer.slot.addressKey);
    if (wait > 0) {
      throw new ProblemError("too-many-requests", "Too many nonces; wait a moment", { wait });
    }
    return jsonAnswer({ nonce: toBase64Url(nonces.make()), seconds: NONCE_TIME / 1_000 });
  }

  return [
    { path: "/v4", resource: { GET: about } },
    { path: "/v4/key", resource: { GET: currentKey } },
    { path: "/v4/nonce", resource: { POST: nonce } },
  ];
}
