/** Commands against a server whose answers would do harm if they were believed. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { keyText } from "../../shared/protocol4/keys/public_key.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { AccountServer, refusing } from "../peers/account_server.ts";
import { peerKey } from "../peers/tls_peer.ts";
import { run } from "./fixtures/client_commands.ts";

/** Names of all that is in a folder and below it. */
function all(folder: string): readonly string[] {
  return Array.from(Deno.readDirSync(folder), ({ name, isDirectory }) => {
    return isDirectory
      ? [name, ...all(join(folder, name)).map((below) => join(name, below))]
      : name;
  }).flat().sort();
}

Deno.test("An answer about another path than the one that was asked for is refused", async () => {
  await using home = await temporaryFolder();
  await using folder = await temporaryFolder();
  let answer: unknown;
  await using server = await AccountServer.start({
    before: ({ url }) => url.endsWith("?entry") ? Response.json(answer) : undefined,
  });
  strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0);
  const into = join(folder.path, "into");
  await Deno.mkdir(into);
  const file = {
    kind: "file",
    size: 0,
    tree: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca" +
      "495991b7852b855",
  };
  for (const path of ["..", "../x", ".bashrc", "report.pdf/..", ""]) {
    for (const kind of [file, { kind: "folder" }, { kind: "link", target: "/etc" }]) {
      answer = { ...kind, path };
      const ended = await run(home.path, ["get", "report.pdf", "-o", `${into}/`]);
      strictEqual(ended.code, 1, ended.said);
      match(ended.stderr, /was asked for "report\.pdf", and answered about /);
    }
  }
  deepStrictEqual(all(folder.path), ["into"]);
  const asked = server.requests.filter((request) => request.includes("/v4/files"));
  deepStrictEqual(new Set(asked), new Set(["GET /v4/files/report.pdf"]));
});

Deno.test("A file that is asked for by itself gets a safe name too", async () => {
  await using home = await temporaryFolder();
  await using folder = await temporaryFolder();
  const digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  await using server = await AccountServer.start({
    before: ({ url }) =>
      url.endsWith("?entry")
        ? Response.json({ kind: "file", size: 0, tree: digest, path: "CON." })
        : undefined,
  });
  strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0);
  const ended = await run(home.path, ["get", "CON.", "-o", `${folder.path}/`]);
  strictEqual(ended.code, 0, ended.said);
  deepStrictEqual(all(folder.path), ["%43ON%2E"]);
});

Deno.test("What is said of computers, tokens and logins is taken in its form only", async () => {
  const id = "0".repeat(32);
  const token = { token: "x", tokenId: id, expires: "2999-01-01T00:00:00.000Z" };
  const told: readonly (readonly [asked: string, answer: unknown, words: readonly string[]])[] = [
    ["POST /v4/nonce", { nonce: "AAAA" }, ["login", "--name", "maya"]],
    ["POST /v4/clients", { ...token, id: "../x", device: id }, ["login", "--name", "maya"]],
    ["POST /v4/clients", { ...token, id, device: "../x" }, ["login", "--name", "maya"]],
    ["POST /v4/clients", { ...token, id, device: id, token: "x y" }, ["login", "--name", "maya"]],
    ["", undefined, ["login", "--name", "maya"]],
    ["GET /v4/devices", { devices: {} }, ["devices"]],
    ["GET /v4/devices", { devices: [{ id: "../files/x", label: "", added: "" }] }, ["devices"]],
    ["GET /v4/devices", { devices: [{ id, label: "" }] }, ["devices"]],
    ["GET /v4/tokens", { tokens: {} }, ["token", "--list"]],
    ["GET /v4/tokens", { tokens: [{ id: "../x", scope: "", expires: "" }] }, ["token", "--list"]],
    ["GET /v4/tokens", { tokens: [{ id, scope: "read" }] }, ["token", "--list"]],
  ];
  let [asked, answer]: readonly unknown[] = [];
  await using home = await temporaryFolder();
  await using server = await AccountServer.start({
    before: ({ method, url }) =>
      `${method} ${new URL(url).pathname}` === asked ? Response.json(answer) : undefined,
  });
  for (const [route, said, [command = "", ...rest]] of told) {
    [asked, answer] = [route, said];
    const address = command === "login" ? [server.text()] : [];
    const ended = await run(home.path, [command, ...address, ...rest]);
    strictEqual(ended.code, route === "" ? 0 : 1, `${route} ${ended.said}`);
    if (route !== "") match(ended.stderr, /The server answered /, JSON.stringify(said));
  }
});

Deno.test("Nothing is ended whose id begins as another one does", async () => {
  const ids = ["0a", "0b"].map((begin) => begin.padEnd(32, "0"));
  await using home = await temporaryFolder();
  await using server = await AccountServer.start({
    before({ method, url }) {
      if (method !== "GET") return undefined;
      const all = ids.map((id) => ({ id, label: "", added: "", scope: "", expires: "" }));
      return Response.json(url.endsWith("/tokens") ? { tokens: all } : { devices: all });
    },
  });
  strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0);
  for (const words of [["devices", "remove"], ["token", "--revoke"]]) {
    const ended = await run(home.path, [...words, "0"]);
    strictEqual(ended.code, 2, ended.said);
    match(ended.stderr, /Several (?:computers|tokens) have an id that begins with "0"/);
  }
  deepStrictEqual(server.requests.filter((line) => line.startsWith("DELETE")), []);
});

Deno.test("A server that takes no nonce, or tells a change of its key that is none", async () => {
  await using home = await temporaryFolder();
  await using taker = await AccountServer.start({
    before: ({ url }) =>
      url.endsWith("/clients") && taker.requests.length < 40 ? refusing("nonce-used") : undefined,
  });
  const login = await run(home.path, ["login", taker.text(), "--name", "maya"]);
  strictEqual(login.code, 4, login.said);
  strictEqual(taker.requests.filter((line) => line === "POST /v4/nonce").length, 5);
  const known = await peerKey();
  const form = { old: "a", new: "b", from: "c", signature: "d" };
  for (const other of [{}, { old: 7 }, { new: 7 }, { from: 7 }, { signature: 7 }]) {
    const rotation = JSON.stringify({ ...form, ...other });
    await using server = await AccountServer.start({ rotation: JSON.parse(rotation) });
    const line = `${formatAddress(server.address)} ${keyText(known.spki)} 2026-01-01T00:00:00Z\n`;
    await Deno.writeTextFile(`${home.path}/known_servers`, line);
    const ended = await run(home.path, ["login", formatAddress(server.address), "--name", "maya"]);
    strictEqual(ended.code, 3, ended.said);
    match(ended.stderr, /is known by another key, in line 1 of /, rotation);
    strictEqual(await Deno.readTextFile(`${home.path}/known_servers`), line);
  }
});
