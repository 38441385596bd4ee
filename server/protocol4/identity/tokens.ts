import type { Clock } from "../../../shared/clock.ts";
import { loginBytes } from "../../../shared/protocol4/keys/signed_bytes.ts";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { fromHex, toHex } from "../../../shared/text/encodings.ts";
import { CLIENT_ID_SIZE, clientIdHint, clientIdOf } from "../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import {
  ACCOUNT_ID_SIZE,
  type Accounts,
  type Device,
  type Scope,
  type TokenId,
  tokenIdOf,
  type TokenRecord,
} from "../../storage/trees/accounts.ts";
import { jsonAnswer } from "../http/answers.ts";
import { type Exchange, logOf } from "../http/exchange.ts";
import { jsonBody, type JsonObject, optionalText, textMember } from "../http/json_body.ts";
import type { ReadMemory } from "../http/read_memory.ts";
import type { Route } from "../http/router.ts";
import { authenticate } from "./authenticate.ts";
import type { KnownKey } from "./current_key.ts";
import type { Nonces } from "./nonces.ts";
import { isSignedFor, proofOf } from "./proofs.ts";
import { makeSecret, randomId } from "./token.ts";

/** Seconds for which a token holds, unless its client asks for another time. */
export const TOKEN_TIME: number = 24 * 3_600;

/** The longest time that a client may ask for, in seconds. */
export const LONGEST_TOKEN_TIME: number = 366 * 24 * 3_600;

const SCOPES: readonly Scope[] = ["read", "write", "drop"];

export interface IdentityParts {
  readonly accounts: Accounts;
  readonly nonces: Nonces;
  readonly serverKey: KnownKey;
  readonly clock: Pick<Clock, "date">;
  readonly memory: ReadMemory;
}

/** A new token as it is returned to its client, once. */
export interface IssuedToken {
  readonly token: string;
  readonly tokenId: string;
  readonly scope: Scope;
  readonly expires: string;
}

/** Issues a token for a device. `seconds` is at most `LONGEST_TOKEN_TIME`. */
export async function issueToken(
  { accounts, clock }: Pick<IdentityParts, "accounts" | "clock">,
  { device, scope = "write", seconds = TOKEN_TIME }: {
    readonly device: Device;
    readonly scope?: Scope | undefined;
    readonly seconds?: number | undefined;
  },
): Promise<IssuedToken> {
  const { text, hash } = makeSecret();
  const expires = new Date(clock.date().getTime() + 1_000 * seconds);
  const id = tokenIdOf(randomId());
  const { clientId, id: deviceId } = device;
  await accounts.issueToken({ id, hash, clientId, deviceId, scope, expires });
  return { token: text, tokenId: toHex(id), scope, expires: expires.toISOString() };
}

/**
 * The device whose key signed a login in the body of a request. Throws a `ProblemError`:
 * `bad-request`, `client-unknown`, `signature-invalid`, and those of nonces.
 */
export async function signedDevice(
  body: JsonObject,
  { accounts, nonces, serverKey }: IdentityParts,
): Promise<Device> {
  const id = fromHex(textMember(body, "id"));
  if (id?.byteLength !== CLIENT_ID_SIZE) {
    throw new ProblemError("bad-request", 'The member "id" has to be 32 hexadecimal digits');
  }
  const clientId = clientIdOf(id);
  const { nonce, signature } = await proofOf(body, nonces);
  const bytesFor = (server: Uint8Array) => loginBytes({ server, clientId, nonce });
  const devices = await accounts.devices(clientId);
  if (devices.length === 0) throw new ProblemError("client-unknown");
  // Which device it is does not have to be said: a client has a few.
  for (const device of devices) {
    const key = device.publicKey;
    if (await isSignedFor(serverKey, { key, signature, bytesFor })) return device;
  }
  throw new ProblemError(
    "signature-invalid",
    "No computer of the client has signed that; this one may have been removed",
  );
}

/** `POST /v4/tokens`, `GET /v4/tokens` and `DELETE /v4/tokens/ID`. */
export function tokenRoutes(parts: IdentityParts): readonly Route[] {
  const { accounts, memory } = parts;

  async function login(exchange: Exchange): Promise<Response> {
    const body = await jsonBody(exchange.request, memory);
    const scope = scopeOf(optionalText(body, "scope"));
    const seconds = secondsOf(body["seconds"]);
    const device = await signedDevice(body, parts);
    exchange.peer.slot.identified(device.clientId);
    const issued = await issueToken(parts, { device, scope, seconds });
    exchange.peer.log.info("Issued a token to {client}, scope {scope}, until {expires}", {
      client: clientIdHint(device.clientId),
      scope: issued.scope,
      expires: issued.expires,
      event: "token-issued",
    });
    return jsonAnswer(issued, { status: 201 });
  }

  async function list(exchange: Exchange): Promise<Response> {
    const { id, token } = await authenticate(exchange, { accounts, action: "read" });
    const tokens = await accounts.tokens(id);
    return jsonAnswer({ tokens: tokens.map((each) => shown(each, token.id)) });
  }

  async function revoke(exchange: Exchange): Promise<Response> {
    const bytes = fromHex(exchange.rawPath);
    const tokenId = bytes?.byteLength === ACCOUNT_ID_SIZE ? tokenIdOf(bytes) : undefined;
    const client = await authenticate(exchange, { accounts, action: "read" }).catch((error) => {
      if (!(error instanceof ProblemError) || error.reason !== "scope-too-narrow") throw error;
      // A token of any scope may end itself.
      return authenticate(exchange, { accounts, action: "create" });
    });
    const itself = tokenId !== undefined && sameBytes(tokenId, client.token.id);
    if (client.token.scope !== "write" && !itself) throw new ProblemError("scope-too-narrow");
    if (tokenId === undefined || !await accounts.revokeToken(client.id, tokenId)) {
      throw new ProblemError("not-found", "The client has no such token that holds");
    }
    logOf(exchange, client).info("Revoked a token", { event: "token-revoked" });
    return new Response(null, { status: 204 });
  }

  return [
    { path: "/v4/tokens", resource: { GET: list, POST: login } },
    { path: "/v4/tokens", below: true, resource: { DELETE: revoke } },
  ];
}

function shown({ id, deviceId, scope, issuedAt, expires }: TokenRecord, own: TokenId) {
  return {
    id: toHex(id),
    device: toHex(deviceId),
    scope,
    issued: issuedAt.toISOString(),
    expires: expires.toISOString(),
    current: sameBytes(id, own),
  };
}

function scopeOf(text: string | undefined): Scope | undefined {
  const scope = SCOPES.find((known) => known === text);
  if (text === undefined || scope !== undefined) return scope;
  throw new ProblemError("bad-request", `The scope has to be one of ${SCOPES.join(", ")}`);
}

function secondsOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LONGEST_TOKEN_TIME) {
    return Number(value);
  }
  throw new ProblemError(
    "bad-request",
    `The member "seconds" has to be a whole number from 1 to ${LONGEST_TOKEN_TIME}`,
  );
}
