/** Attacks by replies: too large, too many, too slow, out of turn, or none. */

import { REPLY_HEADER } from "../../../shared/protocol3/message.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { lcg } from "../../kernel/golden_vectors.ts";
import type { Action, Answer, Script, Turn } from "../../peers/scripted_server.ts";
import { always, endlessly, forStranger, wrongChecksum } from "../../peers/scripts.ts";
import type { AttacksOnClient, ClientOutcome } from "../attack.ts";

/** Either may come first when a server says too much, and the client hangs up. */
const TOO_MUCH: readonly [ClientOutcome, ...ClientOutcome[]] = ["connection-lost", "server-error"];

/** Milliseconds that the client waits for a server that does not come to an end. */
const SHORT = 300;

function header(code: number, payloadSize: number): Uint8Array {
  return REPLY_HEADER.encode({ version: 3, code, payloadSize });
}

/** Does a thing again and again, with a pause before each, until the client hangs up. */
function dripping(action: (turn: Turn) => Uint8Array, pause: number): Script {
  return async (_request, turn): Promise<Answer> => {
    while (!turn.connection.ended) {
      await turn.connection.send(action(turn));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    return "nothing";
  };
}

/** Does something about the last packet of a file, and nothing about the others. */
function afterFile(otherwise: Script): Script {
  return (request, turn) => {
    if (request.kind !== "file") return undefined;
    return request.packet === request.packets ? otherwise(request, turn) : "nothing";
  };
}

const ERROR: Action = { kind: "serverError" };

/** The attacks by their names. */
export const ATTACKS_BY_REPLIES: AttacksOnClient = {
  "huge-reply": {
    outcome: TOO_MUCH,
    keyless: true,
    onRequest: always("reconnect", header(1605, 0xffff_ffff)),
  },
  "huge-checksum-reply": {
    outcome: TOO_MUCH,
    onRequest: always("file", header(1603, 0x7fff_ffff)),
  },
  "endless-zeros": {
    outcome: TOO_MUCH,
    keyless: true,
    onRequest: always("reconnect", () => endlessly(new Uint8Array(65_536))),
  },
  "endless-noise": {
    outcome: TOO_MUCH,
    keyless: true,
    onRequest: always("reconnect", () => endlessly(lcg(4, 65_536))),
  },
  "endless-errors": { outcome: TOO_MUCH, onRequest: always("file", () => endlessly(ERROR)) },
  "endless-acknowledgements": {
    outcome: TOO_MUCH,
    onFileHead: always("file", ({ clientId }) => endlessly({ kind: "acknowledged", clientId })),
  },
  "endless-errors-one-by-one": { outcome: "server-error", onRequest: always("file", ERROR) },
  "endless-checksums": {
    outcome: TOO_MUCH,
    onRequest: always("reconnect", ({ clientId }) =>
      endlessly({
        kind: "fileReceived",
        clientId,
        contentSize: 16,
        fileName: TextField.of("secret.txt"),
        checksum: 0,
      })),
    keyless: true,
  },
  "dripped-reply": {
    outcome: "connection-lost",
    keyless: true,
    timeout: SHORT,
    // The longest reply that there is, byte by byte, so that each wait by itself is a short one.
    onConnect: header(1605, 528),
    onRequest: always("reconnect", dripping(() => new Uint8Array(1), SHORT / 10)),
  },
  "dripped-acknowledgements": {
    outcome: "connection-lost",
    timeout: SHORT / 3,
    size: 40_000,
    packetSize: 100,
    onRequest: afterFile((request, turn) =>
      dripping(
        ({ encode }) => encode({ kind: "acknowledged", clientId: request.clientId }),
        SHORT / 15,
      )(request, turn)
    ),
  },
  "silence": {
    outcome: "connection-lost",
    keyless: true,
    timeout: SHORT,
    onRequest: always("reconnect", "nothing"),
  },
  "silence-after-a-file": {
    outcome: "connection-lost",
    timeout: SHORT,
    onRequest: always("file", "nothing"),
  },
  "takes-nothing": {
    outcome: "connection-lost",
    timeout: SHORT,
    size: 16 * 1024 * 1024,
    packetSize: 1024 * 1024,
    onFileHead: always("file", "deaf"),
  },
  "half-a-reply": {
    outcome: "connection-lost",
    keyless: true,
    onRequest: always("reconnect", [header(1605, 144).subarray(0, 5), "close"]),
  },
  "hang-up-at-once": { outcome: "connection-lost", keyless: true, onConnect: "close" },
  "hang-up-at-files": { outcome: "connection-lost", onRequest: always("file", "close") },
  "web-page": {
    outcome: "no-revision",
    keyless: true,
    onRequest: always("reconnect", new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n<p>")),
  },
  "other-revision": {
    outcome: "no-revision",
    keyless: true,
    auto: true,
    onRequest: always("reconnect", ERROR),
    onRefused: ERROR,
  },
  "reply-out-of-turn": {
    outcome: "server-error",
    keyless: true,
    onRequest: always("reconnect", ({ clientId }) => ({ kind: "acknowledged", clientId })),
  },
  "foreign-id": {
    outcome: "server-error",
    keyless: true,
    onRequest: always("reconnect", forStranger),
  },
  "foreign-checksum": { outcome: "server-error", onRequest: always("file", forStranger) },
  "wrong-checksum": { outcome: "checksum-mismatch", onRequest: always("file", wrongChecksum) },
  "unacknowledged-verdict": {
    outcome: "server-error",
    onRequest: always("crcValid", ({ clientId }) => ({ kind: "registered", clientId })),
  },
};
