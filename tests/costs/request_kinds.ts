/** All kinds of requests that cost a server a commit, a key or a line, each as bytes to send. */

import type { RequestKind } from "../../shared/protocol3/message.ts";
import { encodeRequest, type ShortRequest } from "../../shared/protocol3/request.ts";
import { CbcEncryption, importAesKey } from "../../shared/protocol3/crypto/cbc.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { PUBLIC_KEY, type TestClient } from "../peers/test_client.ts";

/** Bytes of a small file. */
const PLAIN = lcg(1, 1_000);

/** Makes the bytes of request number `at` of a kind, of a client with a key. */
export type RequestMaker = (
  client: TestClient,
  at: number,
) => Promise<Uint8Array[]> | Uint8Array[];

/** An id that no client has. */
function lcgId(seed: number): ClientId {
  return clientIdOf(lcg(seed, 16));
}

function short(make: (client: TestClient, at: number) => ShortRequest): RequestMaker {
  return (client, at) => [encodeRequest(client.revision, make(client, at))];
}

const registers = (name: (at: number) => string, clientId = NO_CLIENT_ID): RequestMaker =>
  short((_, at) => ({ kind: "register", clientId, name: TextField.of(name(at)) }));

/** A file and a verdict on it, of which the file alone has a reply unless it is kept. */
function files(kind: "crcValid" | "crcRetry" | "crcAbort"): RequestMaker {
  return async (client, at) => {
    const fileName = `${kind} ${at}.txt`;
    return [...await client.messages(PLAIN, { fileName }), client.verdict(kind, fileName)];
  };
}

/** Each kind of request, accepted and refused, by its name. */
export const REQUEST_KINDS = {
  "registrations": registers((at) => `Client ${at} ${Math.random()}`),
  "registrations with an id": registers((at) => `Other ${at} ${Math.random()}`, lcgId(7)),
  "registrations of a name that is taken": short(({ name }) => ({
    ...{ kind: "register", clientId: NO_CLIENT_ID, name },
  })),
  "registrations without a name": short(() => ({
    ...{ kind: "register", clientId: NO_CLIENT_ID, name: new TextField(new Uint8Array(255)) },
  })),
  "public keys": short(({ clientId, name }) => ({
    ...{ kind: "publicKey", clientId, name, publicKey: PUBLIC_KEY },
  })),
  "public keys that are none": short(({ clientId, name }) => ({
    ...{ kind: "publicKey", clientId, name, publicKey: lcg(1, PUBLIC_KEY.byteLength) },
  })),
  "reconnects": short(({ clientId, name }) => ({ kind: "reconnect", clientId, name })),
  "reconnects of nobody": short(({ name }) => ({ kind: "reconnect", clientId: lcgId(9), name })),
  "files that are kept": files("crcValid"),
  "files that are announced again": files("crcRetry"),
  "files that are given up": files("crcAbort"),
  "files of the first half of a key": async (client, at) => {
    const key = await importAesKey((client.aesKey ?? new Uint8Array(32)).subarray(0, 16));
    const content = await new CbcEncryption(key).last(PLAIN.slice());
    const fileName = `half ${at}.txt`;
    const messages = await client.messages(PLAIN, { fileName, content });
    return [...messages, client.verdict("crcValid", fileName)];
  },
  "files of nobody": async (client, at) => {
    const head = { clientId: lcgId(9) };
    return [...await client.messages(PLAIN, { fileName: `nobody ${at}.txt`, head })];
  },
  "confirmations of nothing": (client, at) => [client.verdict("crcValid", `none ${at}.txt`)],
  "retries of nothing": (client, at) => [client.verdict("crcRetry", `none ${at}.txt`)],
  "aborts of nothing": (client, at) => [client.verdict("crcAbort", `none ${at}.txt`)],
} as const satisfies Readonly<Record<string, RequestMaker>>;

/** The name of a kind. */
export type RequestName = keyof typeof REQUEST_KINDS;

/** What measures each kind of request, accepted or refused. */
export const NAMES_OF_REQUEST: Readonly<Record<RequestKind, readonly RequestName[]>> = {
  register: [
    ...["registrations", "registrations with an id"] as const,
    ...["registrations of a name that is taken", "registrations without a name"] as const,
  ],
  publicKey: ["public keys", "public keys that are none"],
  reconnect: ["reconnects", "reconnects of nobody"],
  file: ["files that are kept", "files of the first half of a key", "files of nobody"],
  crcValid: ["files that are kept", "confirmations of nothing"],
  crcRetry: ["files that are announced again", "retries of nothing"],
  crcAbort: ["files that are given up", "aborts of nothing"],
};
