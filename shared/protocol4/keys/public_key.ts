import { fromBase64Url, toBase32, toBase64, toBase64Url } from "../../text/encodings.ts";
import { joined } from "../../wire/bytes.ts";

/** Bytes of a P-256 public key as SubjectPublicKeyInfo (RFC 5480). */
export const SPKI_SIZE = 91;

/** Bytes of an Ed25519 public key, raw (RFC 8032). */
export const CLIENT_KEY_SIZE = 32;

/** Bytes of a P-256 point in compressed form (SEC 1, section 2.3.3). */
export const POINT_SIZE = 33;

/** What comes before the two coordinates in every SPKI of an uncompressed P-256 point. */
const PREFIX = Uint8Array.from(
  // SEQUENCE { SEQUENCE { ecPublicKey, prime256v1 }, BIT STRING { 04 ...
  [0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08]
    .concat([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04]),
);

/** Bytes of a coordinate. */
const COORDINATE = 32;

/** The field and the constant `b` of the curve P-256 (FIPS 186-4, D.1.2.3). */
const P = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/**
 * The SPKI of a compressed P-256 point; undefined if the bytes are no point of the curve. The
 * square root is computed here, since WebCrypto imports no compressed points.
 */
export function spkiOfPoint(point: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const sign = point[0];
  if (point.byteLength !== POINT_SIZE || (sign !== 2 && sign !== 3)) return undefined;
  const x = numberOf(point.subarray(1));
  const square = x < P ? rightSide(x) : undefined;
  if (square === undefined) return undefined;
  // P is 3 modulo 4, so that this power is a square root, if there is one.
  const root = power(square, (P + 1n) / 4n);
  if (root * root % P !== square) return undefined;
  const y = Number(root & 1n) === (sign & 1) ? root : P - root;
  return joined(PREFIX, point.subarray(1), bytesOf(y));
}

/**
 * The compressed point of an SPKI; undefined unless it is that of a P-256 key with an uncompressed
 * point of the curve.
 */
export function pointOfSpki(spki: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (spki.byteLength !== SPKI_SIZE || !PREFIX.every((byte, at) => spki[at] === byte)) {
    return undefined;
  }
  const bytes = spki.subarray(PREFIX.byteLength);
  const [x, y] = [numberOf(bytes.subarray(0, COORDINATE)), numberOf(bytes.subarray(COORDINATE))];
  if (x >= P || y >= P || y * y % P !== rightSide(x)) return undefined;
  return joined(Uint8Array.of(2 + Number(y & 1n)), bytes.subarray(0, COORDINATE));
}

/**
 * A server's key as it stands in an address: base64url of the compressed point, 44 characters.
 * Throws a `TypeError` when `spki` is not a P-256 key.
 */
export function keyText(spki: Uint8Array): string {
  const point = pointOfSpki(spki);
  if (point === undefined) throw new TypeError("The public key is not one of P-256");
  return toBase64Url(point);
}

/** The SPKI of a key that `keyText()` wrote; undefined for any other text. */
export function spkiOfText(text: string): Uint8Array<ArrayBuffer> | undefined {
  const point = fromBase64Url(text);
  return point === undefined ? undefined : spkiOfPoint(point);
}

/** x^3 - 3x + b. */
function rightSide(x: bigint): bigint {
  return modulo(x * x % P * x - 3n * x + B);
}

function modulo(value: bigint): bigint {
  return (value % P + P) % P;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = result * square % P;
    square = square * square % P;
  }
  return result;
}

function numberOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = value << 8n | BigInt(byte);
  return value;
}

function bytesOf(value: bigint): Uint8Array {
  const bytes = new Uint8Array(COORDINATE);
  for (let at = COORDINATE - 1, left = value; at >= 0; at--, left >>= 8n) {
    bytes[at] = Number(left & 0xffn);
  }
  return bytes;
}

/** The ending of key names: no CA certifies a name under `.invalid` (RFC 6761, section 6.4). */
export const KEY_NAME_ENDING = ".sealpost.invalid";

/** SHA-256 of a public key, from which its names follow. */
export async function keyDigest(spki: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(spki)));
}

/**
 * The host name that stands for a public key in TLS: `<base32(sha256(SPKI))>.sealpost.invalid`, of
 * which the first label has 52 characters.
 */
export async function keyName(spki: Uint8Array): Promise<string> {
  return keyLabel(await keyDigest(spki)) + KEY_NAME_ENDING;
}

/** The first label of the name of a key with this digest. */
export function keyLabel(digest: Uint8Array): string {
  return toBase32(digest);
}

/**
 * The fingerprint of a public key for people, in the form of OpenSSH's: `SHA256:` and base64
 * without padding.
 */
export async function fingerprint(spki: Uint8Array): Promise<string> {
  return `SHA256:${toBase64(await keyDigest(spki)).replace(/=+$/, "")}`;
}

/** The value of curl's `--pinnedpubkey` for a public key. */
export async function curlPin(spki: Uint8Array): Promise<string> {
  return `sha256//${toBase64(await keyDigest(spki))}`;
}
