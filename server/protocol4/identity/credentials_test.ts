import { deepEqual, equal, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { credentialsOf } from "./credentials.ts";
import { isSecret, makeSecret, secretHash } from "./token.ts";

Deno.test("credentialsOf() finds the token of Bearer and the password of Basic", () => {
  const { text: token } = makeSecret();
  deepEqual(credentialsOf(`Bearer ${token}`), { token, scheme: "bearer" });
  deepEqual(credentialsOf(`bearer  ${token} `), { token, scheme: "bearer" });
  for (const user of ["", "maya", "a b"]) {
    deepEqual(credentialsOf(`Basic ${btoa(`${user}:${token}`)}`), { token, scheme: "basic" });
  }
  deepEqual(credentialsOf(`Basic ${btoa("a:b:c")}`), { token: "b:c", scheme: "basic" });
});

Deno.test("credentialsOf() takes nothing of another form for a token", () => {
  const bad = ["", "Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Digest abc", "abc"];
  for (const header of [...bad, "Basic a:b", `Basic ${btoa("abc")}`, `Basic ${btoa("a:\xff")}`]) {
    equal(credentialsOf(header), undefined, header);
  }
  equal(credentialsOf(`Bearer ${"a".repeat(2_000)}`), undefined);
  equal(credentialsOf(null), undefined);
});

Deno.test("makeSecret() makes 43 characters, and their SHA-256 is what is kept", () => {
  const [first, second] = [makeSecret(), makeSecret("device-")];
  equal(first.text.length, 43);
  ok(isSecret(first.text) && !isSecret(second.text) && isSecret(second.text, "device-"));
  ok(!isSecret(`${first.text}A`) && !isSecret(first.text.slice(1)) && !isSecret(""));
  const digest = createHash("sha256").update(first.text).digest("hex");
  equal(first.hash.toHex(), digest);
  deepEqual(secretHash(first.text), first.hash);
  ok(first.hash.toString() !== second.hash.toString());
});
