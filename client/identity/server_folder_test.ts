import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { aliasesOf, isSameServer, serverName, serverOfName } from "./client_folders.ts";

/** Servers, and the folders that they have on any system. */
const NAMES: readonly (readonly [host: string, port: number, name: string])[] = [
  ["127.0.0.1", 1256, "127.0.0.1_1256"],
  ["example.org", 1, "example.org_1"],
  ["EXAMPLE.org.", 65535, "example.org_65535"],
  ["::1", 1256, "%3A%3A1_1256"],
  ["0:0:0:0:0:0:0:1", 1256, "%3A%3A1_1256"],
  ["fe80::1", 1, "fe80%3A%3A1_1"],
  ["a_b", 80, "a_b_80"],
  ["con.example.org", 1256, "%63on.example.org_1256"],
  ["com1", 1256, "com1_1256"],
];

for (const [host, port, name] of NAMES) {
  Deno.test(`serverName() has ${name} for ${host} and ${port}`, async () => {
    strictEqual(await serverName({ host, port }), name);
    const back = serverOfName(name);
    ok(back !== undefined && isSameServer(back, { host, port }));
  });
}

Deno.test("serverName() is a name on any system, and another one for another server", async () => {
  const host = fc.stringMatching(/^[\p{L}\p{N}._-]{1,253}$/u);
  const seen = new Map<string, string>();
  await fc.assert(fc.asyncProperty(host, fc.nat(65535), async (host, port) => {
    const name = await serverName({ host, port });
    match(name, /^[A-Za-z0-9.!'()~%_-]{3,220}$/);
    ok(!/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name));
    const canonical = `${aliasesOf({ host, port })[0]?.host} ${port}`;
    strictEqual(seen.get(name) ?? canonical, canonical);
    seen.set(name, canonical);
  }));
});

Deno.test("serverOfName() knows no server by other names", () => {
  for (
    const name of [".lock", "registered.info", "last.info", "a_b", "_1", "%_1", "a b_1", "x~0_1"]
  ) {
    strictEqual(serverOfName(name), undefined, name);
  }
});

Deno.test("This machine is the same server under each of its names, with the same port", () => {
  const port = 1256;
  const own = ["127.0.0.1", "localhost", "::1"];
  for (const a of own) {
    for (const b of own) ok(isSameServer({ host: a, port }, { host: b, port }));
    ok(!isSameServer({ host: a, port }, { host: a, port: 1 }));
    ok(!isSameServer({ host: a, port }, { host: "127.0.0.2", port }));
    deepStrictEqual(
      aliasesOf({ host: a, port }).map(({ host }) => host).toSorted(),
      own.toSorted(),
    );
  }
});
