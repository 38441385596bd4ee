import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { always, first } from "../../tests/peers/scripts.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { search, SHORT } from "../../tests/peers/found_revision.ts";

Deno.test("A revision that is proven is asked alone, with the whole timeout", async () => {
  const clock = new TestClock();
  const { revision, heard, troubles } = await search({
    revision: "2023a",
    onRequest: always("reconnect", () => {
      clock.advance(29_000);
      return undefined;
    }),
  }, { known: true, provenRevision: "2023a", retries: 0, timeout: 30_000, clock });
  deepStrictEqual([revision, heard], ["2023a", [["reconnect", "file", "crcValid"]]]);
  deepStrictEqual(troubles, []);
});

Deno.test("A proven revision survives lost connections until the last attempt", async () => {
  const known = { known: true, provenRevision: "2023a", timeout: SHORT } as const;
  const [once, always_] = await Promise.all([
    search({ revision: "2023a", onRequest: first(1, "reconnect", "close") }, {
      ...known,
      retries: 1,
    }),
    search({ revision: "2024a", onRefused: "close" }, { ...known, retries: 1 }),
  ]);
  deepStrictEqual([once.revision, once.heard], ["2023a", [
    ["reconnect"],
    ["reconnect", "file", "crcValid"],
  ]]);
  strictEqual(always_.revision, "2024a");
  // Twice as before, then in the others' turn.
  strictEqual(always_.troubles.length, 2);
  match(
    always_.troubles[1] ?? "",
    /does not answer in revision 2023a as before; trying the others/,
  );
});

Deno.test("A proven revision is given up after an error or silence", async () => {
  for (const onRefused of [{ kind: "serverError" } as const, "nothing"] as const) {
    const { revision, troubles } = await search({ revision: "2023a", onRefused }, {
      ...{ known: true, provenRevision: "2024c", retries: 0, timeout: SHORT },
    });
    strictEqual(revision, "2023a");
    strictEqual(troubles.length, 1);
  }
});
