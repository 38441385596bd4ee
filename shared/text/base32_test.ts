import { strictEqual } from "node:assert/strict";
import { toBase32 } from "./encodings.ts";

Deno.test("toBase32() gives the vectors of RFC 4648 in lower case and without padding", () => {
  const vectors: Readonly<Record<string, string>> = {
    "": "",
    "f": "my",
    "fo": "mzxq",
    "foo": "mzxw6",
    "foob": "mzxw6yq",
    "fooba": "mzxw6ytb",
    "foobar": "mzxw6ytboi",
  };
  for (const [text, encoded] of Object.entries(vectors)) {
    strictEqual(toBase32(new TextEncoder().encode(text)), encoded);
  }
});
