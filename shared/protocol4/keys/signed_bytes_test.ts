import { deepStrictEqual, throws } from "node:assert/strict";
import { bytesOf, VECTORS } from "../../../tests/protocol4/fixtures/vectors.ts";
import { deviceBytes, loginBytes, registerBytes, rotationBytes } from "./signed_bytes.ts";

const { signed, keys } = VECTORS;
const server = bytesOf(keys[0]?.spki ?? "");
const nonce = bytesOf(signed.nonce);
const clientId = bytesOf(signed.clientId);

Deno.test("What is signed has the bytes of the vectors", () => {
  deepStrictEqual(loginBytes({ server, clientId, nonce }), bytesOf(signed.login));
  deepStrictEqual(
    registerBytes({ server, nonce, name: "Zoë", invitation: "inv-1" }),
    bytesOf(signed.register),
  );
  deepStrictEqual(
    deviceBytes({ server, nonce, label: "laptop", code: "device-x" }),
    bytesOf(signed.device),
  );
  const now = bytesOf(keys[1]?.spki ?? "");
  deepStrictEqual(
    rotationBytes({ old: server, now, from: "2026-11-29T12:00:00.000Z" }),
    bytesOf(signed.rotate),
  );
});

Deno.test("Fields of another size than theirs are not signed", () => {
  throws(() => loginBytes({ server: server.subarray(1), clientId, nonce }), RangeError);
  throws(() => loginBytes({ server, clientId: clientId.subarray(1), nonce }), RangeError);
  throws(() => loginBytes({ server, clientId, nonce: nonce.subarray(1) }), RangeError);
  const name = "a".repeat(0x1_0000);
  throws(() => registerBytes({ server, nonce, name, invitation: "" }), RangeError);
});
