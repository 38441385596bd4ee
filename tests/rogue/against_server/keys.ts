/** Attacks by public keys that are none, or would cost effort. */

import { strictEqual } from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { PUBLIC_KEY } from "../../peers/test_client.ts";
import type { AttackOnServer, AttacksOnServer } from "../attack.ts";

const SIZE = PUBLIC_KEY.byteLength;

/** SubjectPublicKeyInfo of an RSA key with these numbers, as they are, minimal or not. */
function spki(modulus: Uint8Array, exponent: Uint8Array): Uint8Array {
  const algorithm = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
  const numbers = element(0x30, [...element(0x02, modulus), ...element(0x02, exponent)]);
  return element(0x30, [...algorithm, 0x05, 0x00, ...element(0x03, [0, ...numbers])]);
}

function element(tag: number, contents: Iterable<number>): Uint8Array {
  const bytes = [...contents];
  const { length } = bytes;
  if (length < 0x80) return Uint8Array.of(tag, length, ...bytes);
  return length < 0x100
    ? Uint8Array.of(tag, 0x81, length, ...bytes)
    : Uint8Array.of(tag, 0x82, length >> 8, length & 0xff, ...bytes);
}

/** A positive, odd number of so many bits. */
function odd(bits: number): Uint8Array {
  const number = new Uint8Array(bits / 8 + 1).fill(0xc5);
  number[0] = 0;
  return number;
}

/** Fits a key into the field: cut, or filled up with `filling`. */
function fitted(key: Uint8Array, filling = 0): Uint8Array {
  const field = new Uint8Array(SIZE).fill(filling);
  field.set(key.subarray(0, SIZE));
  return field;
}

function nodeKey(type: "rsa" | "ec", options: object): Uint8Array {
  const publicKeyEncoding = { type: "spki", format: "der" };
  const privateKeyEncoding = { type: "pkcs8", format: "der" };
  const generate = generateKeyPairSync as (
    type: string,
    options: object,
  ) => { readonly publicKey: Uint8Array };
  return new Uint8Array(
    generate(type, { ...options, publicKeyEncoding, privateKeyEncoding }).publicKey,
  );
}

/**
 * Sends a key of 160 bytes, which is refused by name with nothing imported and nothing encrypted.
 */
function bringing(key: () => Uint8Array): AttackOnServer {
  return {
    outcome: "refused.public-key-invalid",
    async play(arena) {
      const rogue = await arena.rogue();
      const { client } = rogue;
      await client.register();
      const { revision, clientId, name } = client;
      const publicKey = key();
      strictEqual(publicKey.byteLength, SIZE);
      using effort = watchedCrypto();
      const request = encodeRequest(revision, { kind: "publicKey", clientId, name, publicKey });
      strictEqual((await client.ask(request))?.kind, "serverError");
      strictEqual(effort.calls, 0);
      // And nothing of it was stored: the same id can send a real one.
      strictEqual((await client.reconnect())?.kind, "reconnectRefused");
      strictEqual((await client.bringKey())?.kind, "keyAccepted");
    },
  };
}

/** Counts what the server has WebCrypto do, until it is disposed of. */
function watchedCrypto(): Disposable & { readonly calls: number } {
  const { subtle } = crypto;
  const original = { importKey: subtle.importKey, encrypt: subtle.encrypt };
  let calls = 0;
  const counted = <A extends unknown[], R>(work: (...values: A) => R) => (...values: A): R => {
    calls += 1;
    return work.apply(subtle, values);
  };
  Object.assign(subtle, {
    importKey: counted(original.importKey),
    encrypt: counted(original.encrypt),
  });
  return {
    get calls() {
      return calls;
    },
    [Symbol.dispose]() {
      Reflect.deleteProperty(subtle, "importKey");
      Reflect.deleteProperty(subtle, "encrypt");
    },
  };
}

/** The attacks by their names. */
export const ATTACKS_BY_KEYS: AttacksOnServer = {
  "key-of-zeros": bringing(() => new Uint8Array(SIZE)),
  "key-not-rsa": bringing(() => fitted(nodeKey("ec", { namedCurve: "P-256" }))),
  "key-too-small": bringing(() => fitted(nodeKey("rsa", { modulusLength: 512 }))),
  "key-too-large": bringing(() => fitted(nodeKey("rsa", { modulusLength: 2048 }))),
  "key-with-exponent-one": bringing(() => spki(odd(1024), Uint8Array.of(1))),
  "key-with-even-exponent": bringing(() => spki(odd(1024), Uint8Array.of(16))),
  "key-with-negative-exponent": bringing(() => spki(odd(1024), Uint8Array.of(0x91))),
  "key-with-huge-exponent": bringing(() => spki(odd(512), new Uint8Array(66).fill(0x41))),
  "key-with-long-exponent": bringing(() => spki(odd(1016), Uint8Array.of(1, 1))),
  "key-with-even-modulus": bringing(() => {
    const modulus = odd(1024);
    modulus[modulus.length - 1] = 0xc4;
    return spki(modulus, Uint8Array.of(17));
  }),
  "key-with-trailing-bytes": bringing(() => fitted(spki(odd(1016), Uint8Array.of(17)), 0xff)),
  "key-cut-short": bringing(() => fitted(PUBLIC_KEY.subarray(0, SIZE - 1))),
};
