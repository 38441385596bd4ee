import { deviceBytes } from "../../../shared/protocol4/keys/signed_bytes.ts";
import { DEVICE_CODE_PREFIX } from "../../../shared/protocol4/keys/server_address.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { fromHex, toHex } from "../../../shared/text/encodings.ts";
import { clientIdHint } from "../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import {
  ACCOUNT_ID_SIZE,
  type Device,
  type DeviceId,
  deviceIdOf,
} from "../../storage/trees/accounts.ts";
import { jsonAnswer } from "../http/answers.ts";
import { type Exchange, logOf } from "../http/exchange.ts";
import { jsonBody, optionalText, textMember } from "../http/json_body.ts";
import type { Route } from "../http/router.ts";
import { authenticate } from "./authenticate.ts";
import { isSignedFor, keyMember, proofOf } from "./proofs.ts";
import { labelOf } from "./registration.ts";
import { isSecret, makeSecret, randomId, secretHash } from "./token.ts";
import { type IdentityParts, issueToken, signedDevice } from "./tokens.ts";

/** Seconds for which another computer can be added with a code. */
export const DEVICE_CODE_TIME = 600;

/** `GET` and `POST /v4/devices`, `DELETE /v4/devices/ID`, and `POST /v4/devices/codes`. */
export function deviceRoutes(parts: IdentityParts): readonly Route[] {
  const { accounts, nonces, serverKey, clock, memory } = parts;

  async function list(exchange: Exchange): Promise<Response> {
    const { id, token } = await authenticate(exchange, { accounts, action: "read" });
    const devices = await accounts.devices(id);
    return jsonAnswer({ devices: devices.map((device) => shown(device, token.deviceId)) });
  }

  /**
   * Hands out a code for another computer, for a signature and not for a token: with a token that
   * was stolen and then revoked, the thief is not to have added a key.
   */
  async function offer({ request, peer }: Exchange): Promise<Response> {
    const { clientId } = await signedDevice(await jsonBody(request, memory), parts);
    peer.slot.identified(clientId);
    const { text, hash } = makeSecret(DEVICE_CODE_PREFIX);
    const expires = new Date(clock.date().getTime() + 1_000 * DEVICE_CODE_TIME);
    await accounts.offerDevice({ hash, clientId, expires });
    peer.log.info("Handed out a code for another computer of {client}", {
      client: clientIdHint(clientId),
      event: "device-offered",
    });
    return jsonAnswer({ code: text, expires: expires.toISOString() }, { status: 201 });
  }

  async function add({ request, peer }: Exchange): Promise<Response> {
    const body = await jsonBody(request, memory);
    const code = textMember(body, "code");
    const label = labelOf(optionalText(body, "label") ?? "");
    const publicKey = keyMember(body);
    const { nonce, signature } = await proofOf(body, nonces);
    const bytesFor = (server: Uint8Array) => deviceBytes({ server, nonce, label, code });
    if (!await isSignedFor(serverKey, { key: publicKey, signature, bytesFor })) {
      throw new ProblemError("signature-invalid");
    }
    if (!isSecret(code, DEVICE_CODE_PREFIX)) throw unknownCode();
    const id = deviceIdOf(randomId());
    const added = await accounts.addDevice(secretHash(code), { id, publicKey, label });
    if (typeof added === "string") {
      if (added === "too-many-devices") {
        throw new ProblemError("too-many-requests", "The client has as many computers as it may");
      }
      if (added === "device-known") {
        throw new ProblemError("bad-key", "The client has a computer with this key; take another");
      }
      if (added === "invitation-unknown") throw unknownCode();
      throw new ProblemError(added);
    }
    const { account, device } = added;
    peer.slot.identified(account.id);
    const { token, tokenId, scope, expires } = await issueToken(parts, { device });
    peer.log.info("{name} added another computer", {
      client: clientIdHint(account.id),
      name: account.name,
      event: "device-added",
    });
    const known = { id: toHex(account.id), device: toHex(device.id), name: account.name };
    return jsonAnswer({ ...known, token, tokenId, scope, expires }, { status: 201 });
  }

  async function remove(exchange: Exchange): Promise<Response> {
    const client = await authenticate(exchange, { accounts, action: "change" });
    const id = fromHex(exchange.rawPath);
    const result = id?.byteLength === ACCOUNT_ID_SIZE
      ? await accounts.removeDevice(client.id, deviceIdOf(id))
      : "device-unknown";
    if (result === "device-unknown") throw new ProblemError("not-found", "No such computer");
    if (result !== "removed") throw new ProblemError(result);
    logOf(exchange, client).info("Removed a computer, and revoked its tokens", {
      event: "device-removed",
    });
    return new Response(null, { status: 204 });
  }

  return [
    { path: "/v4/devices", resource: { GET: list, POST: add } },
    { path: "/v4/devices/codes", resource: { POST: offer } },
    { path: "/v4/devices", below: true, resource: { DELETE: remove } },
  ];
}

function unknownCode(): ProblemError {
  return new ProblemError(
    "invitation-unknown",
    "The code is not known. A code ends early when a computer is removed, or when there are " +
      "sixteen newer codes: make another",
  );
}

function shown({ id, label, addedAt, lastUsed }: Device, own: DeviceId) {
  return {
    id: toHex(id),
    label,
    added: addedAt.toISOString(),
    ...(lastUsed !== undefined && { lastUsed: lastUsed.toISOString() }),
    current: sameBytes(id, own),
  };
}
