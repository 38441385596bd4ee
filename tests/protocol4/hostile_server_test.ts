/** Commands against a server whose answers would do harm if they were believed. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { AccountServer } from "../peers/account_server.ts";
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

Deno.test("What a server says of computers, tokens and logins is taken in its form only", async () => {
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
