import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { visitedHost } from "./visited_host.ts";

const HOSTS: readonly (readonly [header: string, host: string])[] = [
  ["server.example", "server.example"],
  ["Server.Example:8256", "server.example"],
  ["localhost:1", "localhost"],
  ["my_host-1.lan:65535", "my_host-1.lan"],
  ["192.0.2.7:8256", "192.0.2.7"],
  ["[::1]:8256", "::1"],
  ["[2001:db8::7]", "2001:db8::7"],
];

for (const [header, host] of HOSTS) {
  Deno.test(`visitedHost() understands ${header}`, () => {
    deepStrictEqual(visitedHost(header, undefined), {
      host,
      origin: `http://${header.toLowerCase()}`,
    });
    strictEqual(visitedHost(header, "https")?.origin, `https://${header.toLowerCase()}`);
  });
}

for (
  const header of [
    undefined,
    "",
    "a b",
    "a'b",
    'a"b',
    "a;reboot",
    "$(reboot)",
    "`reboot`",
    "a\\b",
    "a/b",
    "a<b>",
    "a&b",
    "a\nb",
    "user@host",
    "host:0",
    "host:65536",
    "host:80:80",
    "host:",
    ":80",
    "::1",
    "[::1",
    "[::1%eth0]",
    "[nonsense]",
    "[127.0.0.1]",
    "-a.example",
    "a-.example",
    "a..example",
    ".example",
    "a".repeat(64),
    "a.".repeat(130) + "a",
    "exämple",
  ]
) {
  Deno.test(`visitedHost() refuses ${JSON.stringify(header)?.slice(0, 40)}`, () => {
    strictEqual(visitedHost(header, undefined), undefined);
  });
}

Deno.test("visitedHost() rejects what a shell, PowerShell or HTML would interpret", () => {
  const unit = fc.oneof(
    fc.constantFrom(..."a0.-_:[]'\"$`;&|<>(){}\\ \n#@%"),
    fc.string({ maxLength: 1 }),
  );
  fc.assert(fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
    const visited = visitedHost(units.join(""), units.at(0));
    ok(visited === undefined || /^http:\/\/[a-z0-9.:_[\]-]+$/.test(visited.origin));
  }));
});
