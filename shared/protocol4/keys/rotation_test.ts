import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { rotatedKey, signRotation } from "./rotation.ts";

const FROM = "2026-11-29T12:00:00.000Z";

async function serverKey() {
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const { publicKey, privateKey } = await crypto.subtle.generateKey(curve, false, [
    "sign",
    "verify",
  ]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
  return { key: privateKey, spki };
}

Deno.test("A rotation gives the new key to who knows the old one", async () => {
  const [old, now] = [await serverKey(), await serverKey()];
  const said = await signRotation({ key: old.key, old: old.spki, now: now.spki, from: FROM });
  deepStrictEqual(await rotatedKey(JSON.parse(JSON.stringify(said)), old.spki), now.spki);
});

Deno.test("A rotation that another key signed, or that was changed, gives no key", async () => {
  const [old, now, other] = [await serverKey(), await serverKey(), await serverKey()];
  const said = await signRotation({ key: old.key, old: old.spki, now: now.spki, from: FROM });
  const forged = await signRotation({ key: other.key, old: old.spki, now: now.spki, from: FROM });
  const elsewhere = await signRotation({
    key: old.key,
    old: old.spki,
    now: other.spki,
    from: FROM,
  });
  strictEqual(await rotatedKey(forged, old.spki), undefined);
  strictEqual(await rotatedKey(said, other.spki), undefined);
  strictEqual(await rotatedKey(said, now.spki), undefined);
  strictEqual(await rotatedKey({ ...said, new: elsewhere.new }, old.spki), undefined);
  strictEqual(await rotatedKey({ ...said, from: `${FROM} ` }, old.spki), undefined);
  strictEqual(await rotatedKey({ ...said, from: "x".repeat(99_999) }, old.spki), undefined);
  strictEqual(await rotatedKey({ ...said, signature: "AAAA" }, old.spki), undefined);
  strictEqual(await rotatedKey({ ...said, signature: "" }, old.spki), undefined);
  strictEqual(await rotatedKey({ ...said, new: "nonsense" }, old.spki), undefined);
});
