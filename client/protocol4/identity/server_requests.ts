/** What a client asks of a server to say who it is; the bodies are JSON. */

import {
  deviceBytes,
  loginBytes,
  NONCE_SIZE,
  registerBytes,
} from "../../../shared/protocol4/keys/signed_bytes.ts";
import { isInvitation } from "../../../shared/protocol4/keys/server_address.ts";
import { fromBase64Url, fromHex, toBase64Url } from "../../../shared/text/encodings.ts";
import { badAnswer, expectStatus } from "../connection/errors.ts";
import type { ServerLink } from "../connection/server_link.ts";
import type { DeviceKey } from "./identity_file.ts";
import { type Token, tokenOf } from "./token_file.ts";

/** What a server says of a client that it has taken in. */
export interface Admission {
  readonly id: string;
  readonly device: string;
  readonly token: Token;
  /** The client's name, told to another computer of it. */
  readonly name: string | undefined;
}

/** A JSON object, of any members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Registers a client, or asks again for the same answer after that was lost. Throws a
 * `RefusedRequest` and what the link throws.
 */
export async function register(
  link: ServerLink,
  { key, name, label, invitation }: {
    readonly key: DeviceKey;
    readonly name: string;
    readonly label: string;
    /** Empty without one. */
    readonly invitation: string;
  },
): Promise<Admission> {
  const server = link.server.spki;
  return admissionOf(
    await signed(link, {
      path: "/v4/clients",
      doing: "register this client",
      body: {
        name,
        label,
        key: toBase64Url(key.publicKey),
        ...(invitation !== "" && { invitation }),
      },
      sign: (nonce) => key.sign(registerBytes({ server, nonce, name, invitation })),
    }),
  );
}

/** Adds this computer to the client whose code it is. Throws as `register()` does. */
export async function addDevice(
  link: ServerLink,
  { key, label, code }: {
    readonly key: DeviceKey;
    readonly label: string;
    readonly code: string;
  },
): Promise<Admission> {
  const server = link.server.spki;
  return admissionOf(
    await signed(link, {
      path: "/v4/devices",
      doing: "add this computer",
      body: { label, code, key: toBase64Url(key.publicKey) },
      sign: (nonce) => key.sign(deviceBytes({ server, nonce, label, code })),
    }),
  );
}

/** Who a client is, as far as it proves that. */
export interface Prover {
  readonly key: DeviceKey;
  /** The client's id, 32 hexadecimal digits. */
  readonly id: string;
}

/**
 * Gets a token for a signature, as the server makes it or as it is asked for. Throws as
 * `register()` does.
 */
export async function requestToken(
  link: ServerLink,
  { asked, ...prover }: Prover & {
    /** What the token is to allow, and how many seconds it is to hold. */
    readonly asked?: { readonly scope: string; readonly seconds: number } | undefined;
  },
): Promise<Token> {
  const said = await provenRequest(link, { prover, path: "/v4/tokens", doing: "log in", asked });
  const token = tokenOf(said);
  if (token === undefined) throw badAnswer("answered a login without a token");
  return token;
}

/** Gets a one-time code for another computer. Throws as `register()` does. */
export async function requestDeviceCode(
  link: ServerLink,
  prover: Prover,
): Promise<{ readonly code: string; readonly expires: string }> {
  const { code, expires } = await provenRequest(link, {
    prover,
    path: "/v4/devices/codes",
    doing: "add another computer",
  });
  const isCode = typeof code === "string" && isInvitation(code);
  if (isCode && typeof expires === "string") return { code, expires };
  throw badAnswer("answered without a code for another computer");
}

function provenRequest(
  link: ServerLink,
  { prover: { key, id }, path, doing, asked = {} }: {
    readonly prover: Prover;
    readonly asked?: JsonObject | undefined;
    readonly path: string;
    readonly doing: string;
  },
): Promise<JsonObject> {
  const clientId = fromHex(id) ?? new Uint8Array(0);
  const server = link.server.spki;
  return signed(link, {
    ...{ path, doing, body: { ...asked, id } },
    sign: (nonce) => key.sign(loginBytes({ server, clientId, nonce })),
  });
}

/** Sends a body with a nonce of the server and a signature over it. */
async function signed(
  link: ServerLink,
  { path, doing, body, sign }: {
    readonly path: string;
    readonly doing: string;
    readonly body: JsonObject;
    readonly sign: (nonce: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;
  },
): Promise<JsonObject> {
  for (let tries = 1;; tries++) {
    const nonce = await requestNonce(link);
    const signature = toBase64Url(await sign(nonce));
    const answer = await link.request({
      ...{ method: "POST", path, headers: { "content-type": "application/json" } },
      body: encoded({ ...body, nonce: toBase64Url(nonce), signature }),
    });
    try {
      const { body: said } = await expectStatus(answer, { statuses: [200, 201], doing });
      return objectOf(await said.json());
    } catch (error) {
      // The request was sent again after a loss, and the server had taken the first one.
      const isUsed = error instanceof Error && "reason" in error && error.reason === "nonce-used";
      if (!isUsed || tries === MOST_TRIES) throw error;
    }
  }
}

/** How often a nonce may be found used. */
const MOST_TRIES = 5;

async function requestNonce(link: ServerLink): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await link.request({
    ...{ method: "POST", path: "/v4/nonce" },
    body: new Uint8Array(0),
  });
  const doing = "let this client prove who it is";
  const { body } = await expectStatus(answer, { statuses: [200, 201], doing });
  const { nonce } = objectOf(await body.json());
  const bytes = typeof nonce === "string" ? fromBase64Url(nonce) : undefined;
  if (bytes?.byteLength !== NONCE_SIZE) throw badAnswer("answered without a nonce");
  return bytes;
}

function admissionOf(said: JsonObject): Admission {
  const { id, device, name } = said;
  const token = tokenOf(said);
  if (!isId(id) || !isId(device) || token === undefined) {
    throw badAnswer("answered a registration without an id and a token");
  }
  return { id, device, token, name: typeof name === "string" ? name : undefined };
}

/** A JSON value as an object; one without members for any other. */
export function objectOf(value: unknown): JsonObject {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{32}$/.test(value);
}

function encoded(value: JsonObject): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
