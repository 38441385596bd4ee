import { deepEqual, equal, match, ok } from "node:assert/strict";
import { formatUploadMetadata } from "../../shared/protocol4/resources/upload_metadata.ts";
import { ask } from "../web/http_exchange.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

/** Paths as they stand in a request, none of which is one. */
const HOSTILE = [
  ...[
    "..",
    "../",
    "../../etc/passwd",
    "a/../../b",
    "%2e%2e",
    "%2E%2e/x",
    "a/%2e%2e/b",
    ".",
    "a/./b",
  ],
  ...["a%2fb", "a%2Fb", "%2fetc%2fpasswd", "a%00", "%00", "a//b", "/etc/passwd", "//", "%", "%z0"],
  ...["%c0%ae%c0%ae", "%ff", "%ed%a0%80", "x".repeat(256), "y/".repeat(129), "%2e%2e%2f", "..%2f"],
];

/** Everything below a folder, to be compared. */
async function everything(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    found.push(path);
    if (isDirectory) found.push(...await everything(path));
  }
  return found.sort();
}

/** Asks with a token, byte for byte. */
function asking(served: ServedApplication, token: string) {
  return (method: string, path: string, headers: Record<string, string> = {}) =>
    ask(served.address, path, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-length": "0", ...headers },
    });
}

Deno.test("no path leads out of a client's tree, in raw bytes and on every resource", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const request = asking(served, token);
  equal((await request("PUT", "/v4/files/a")).status, 201);
  const before = await everything(served.data);
  for (const path of HOSTILE) {
    for (const method of ["GET", "HEAD", "PUT", "MKCOL", "DELETE"]) {
      const { status } = await request(method, `/v4/files/${path}`);
      equal(status, 400, `${method} ${path}`);
    }
    const list = await request("GET", `/v4/files/${path}?list`);
    equal(list.status, 400, path);
    const from = await request("MOVE", `/v4/files/${path}`, { destination: "/v4/files/b" });
    equal(from.status, 400, path);
    const to = await request("MOVE", "/v4/files/a", { destination: `/v4/files/${path}` });
    equal(to.status, 400, path);
    for (const method of ["GET", "HEAD", "PROPFIND"]) {
      equal((await request(method, `/dav/${path}`, { depth: "0" })).status, 400, path);
    }
    match(String((await request("HEAD", `/v4/uploads/${path}`)).status), /^404$/);
    match(String((await request("DELETE", `/v4/tokens/${path}`)).status), /^404$/);
    match(String((await request("DELETE", `/v4/devices/${path}`)).status), /^404$/);
  }
  const names = (paths: readonly string[]) => paths.filter((path) => !/\.db/.test(path));
  deepEqual(names(await everything(served.data)), names(before));
});

Deno.test("metadata of uploads names nothing outside of the tree either", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const request = asking(served, token);
  for (const path of ["..", "../a", "a/../b", "/a", "a//b", ".", "a\0b", "", "a/"]) {
    const { status, text } = await request("POST", "/v4/uploads", {
      "upload-length": "0",
      "upload-metadata": formatUploadMetadata({ path }),
    });
    equal(status, 400, JSON.stringify(path));
    match(JSON.parse(text).reason, /^bad-(?:path|metadata)$/);
  }
});

Deno.test("what is no path here is a name: a backslash, a drive, a device", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const request = asking(served, token);
  const names = ["..%5C..%5Cx", "C%3A%5Cx", "nul.txt", "a%3Fb", "~root", "$HOME", "-rf", "x."];
  for (const name of names) {
    equal((await request("PUT", `/v4/files/${name}`)).status, 201, name);
    equal((await request("GET", `/v4/files/${name}`)).status, 200, name);
  }
  const { text } = await request("GET", "/v4/files?list");
  const listed = text.trim().split("\n").map((line) => JSON.parse(line).path);
  deepEqual(listed.sort(), names.map(decodeURIComponent).sort());
});

Deno.test("a target that is no path, and a resource that is none, are refused", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const request = asking(served, token);
  for (const path of ["/", "/v4/", "/v4//files/a", "/V4/files/a", "//v4/files/a", "/v4/x"]) {
    equal((await request("GET", path)).status, 404, path);
  }
  const { status, headers } = await request("PATCH", "/v4/files/a");
  equal(status, 405);
  equal(headers["allow"], "DELETE, GET, HEAD, MKCOL, MOVE, PUT");
  // A name of another host in the target changes nothing.
  equal((await request("GET", "http://elsewhere/v4/files/none")).status, 404);
  ok(!served.lines.some(({ message }) => message.includes("elsewhere")));
});
