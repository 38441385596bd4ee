import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { CLIENT_KEY_SIZE } from "../../../shared/protocol4/keys/public_key.ts";
import { SIGNATURE_SIZE } from "../../../shared/protocol4/keys/signed_bytes.ts";
import { fromBase64Url } from "../../../shared/text/encodings.ts";
import { type JsonObject, textMember } from "../http/json_body.ts";
import type { KnownKey } from "./current_key.ts";
import type { Nonces } from "./nonces.ts";

/** What a client signed, and with which nonce. */
export interface Proof {
  readonly nonce: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the members `nonce` and `signature` and uses the nonce up. Throws a `ProblemError`:
 * `bad-request`, `signature-invalid`, or the `NonceFault`.
 */
export async function proofOf(body: JsonObject, nonces: Nonces): Promise<Proof> {
  const nonce = bytesMember(body, "nonce");
  const signature = bytesMember(body, "signature");
  if (signature.byteLength !== SIGNATURE_SIZE) throw new ProblemError("signature-invalid");
  const fault = await nonces.use(nonce);
  if (fault !== undefined) throw new ProblemError(fault);
  return { nonce, signature };
}

/** The public key in the member `key`. Throws a `ProblemError`, `bad-key`, for another form. */
export function keyMember(body: JsonObject): Uint8Array<ArrayBuffer> {
  const key = bytesMember(body, "key");
  if (key.byteLength === CLIENT_KEY_SIZE) return key;
  throw new ProblemError("bad-key", `An Ed25519 public key has ${CLIENT_KEY_SIZE} bytes`);
}

/** A member in base64url. Throws a `ProblemError`, `bad-request`, if it is not. */
function bytesMember(body: JsonObject, name: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(textMember(body, name));
  if (bytes !== undefined) return bytes;
  throw new ProblemError("bad-request", `The member "${name}" has to be base64url`);
}

/**
 * Whether a signature is by an Ed25519 key, over the bytes that `bytesFor` makes for a key of the
 * server.
 */
export async function isSignedFor(
  { spki, signedFor = [spki] }: KnownKey,
  { key, signature, bytesFor }: {
    readonly key: Uint8Array;
    readonly signature: Uint8Array<ArrayBuffer>;
    readonly bytesFor: (server: Uint8Array) => Uint8Array<ArrayBuffer>;
  },
): Promise<boolean> {
  for (const server of signedFor) {
    if (await isSignedBy(key, { signature, bytes: bytesFor(server) })) return true;
  }
  return false;
}

/** Whether a signature over these bytes is by an Ed25519 key (RFC 8032). */
export async function isSignedBy(
  key: Uint8Array,
  { signature, bytes }: {
    readonly signature: Uint8Array<ArrayBuffer>;
    readonly bytes: Uint8Array<ArrayBuffer>;
  },
): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("raw", Uint8Array.from(key), "Ed25519", false, [
      "verify",
    ]);
    return await crypto.subtle.verify("Ed25519", imported, signature, bytes);
  } catch (error) {
    // What WebCrypto throws for bytes that are no key.
    if (error instanceof DOMException) return false;
    throw error;
  }
}
