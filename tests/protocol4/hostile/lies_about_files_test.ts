/** A server with the right key that lies in its lists, and about contents. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { formatETag } from "../../../shared/protocol4/tree/etag.ts";
import { TreeHash } from "../../../shared/protocol4/tree/tree_hash.ts";
import { expectPlain } from "./expect_plain.ts";
import { answer, type Answering, json, list, refusal } from "./hostile_server.ts";
import { below, victim } from "./victim.ts";
import { TIMEOUTS } from "./without_pauses.ts";

const CONTENTS = "from the server";
const TREE = formatETag({
  size: CONTENTS.length,
  root: (() => {
    const hash = new TreeHash();
    hash.update(new TextEncoder().encode(CONTENTS));
    return hash.digest();
  })(),
}).slice(1, -1).split("-")[1];

function file(path: string, more: object = {}): object {
  return { path, kind: "file", size: CONTENTS.length, tree: TREE, ...more };
}

/** Answers with a list of the root, and with the same contents for each file. */
function serving(...entries: readonly object[]): Answering {
  return ({ path }) => {
    if (path.includes("?list")) return list(...entries);
    return path.startsWith("/v4/files/") && !path.includes("?") ? answer(200, CONTENTS) : undefined;
  };
}

Deno.test("Names that a server makes up are written in the folder, and nowhere else", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  server.becomes(serving(
    ...["..", ".", "a\\b", "C:", "con", "CON.txt", "dot.", "nul\0l", "\x1b[2Jx", "A", "a"].map((
      name,
    ) => file(name)),
    ...["é", "e\u0301", "x ", ".profile"].map((name) => file(name)),
  ));
  const { code, stdout, stderr } = await run("get", "/", "-o", `${folder}/out`, "--verbose");
  // What no file can have as its name is not even asked for.
  strictEqual(code, 2, stderr);
  strictEqual(stderr.match(/^error: .*a path/gm)?.length, 3, stderr);
  expectPlain(stdout);
  deepStrictEqual(
    below(`${folder}/out`),
    [
      ...["%1B[2Jx", "%43ON.txt", "%63on", ".profile", "A", "C%3A"],
      ...["a (2)", "a\\b", "dot%2E", "e\u0301 (2)", "x%20", "é"],
    ].sort(),
  );
  deepStrictEqual(below(folder).filter((path) => !/^(?:config|out)\/./.test(path)), [
    ...["config/", "large", "out/", "small"],
  ]);
});

Deno.test("A list that leaves the folder, or has no end, ends the command", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const page = (start: string) =>
    list(
      ...Array.from({ length: 1_000 }, (_, at) => file(`${start}${String(at).padStart(4, "0")}`)),
    );
  const [a, b] = [page("a"), page("b")];
  const rows: readonly (readonly [string, Answering])[] = [
    ["an absolute path", serving(file("/etc/passwd"))],
    ["a path that leads up", serving(file("../out2/x"))],
    ["a path that leads up and down", serving(file("a/../../x"))],
    ["an empty path", serving(file(""))],
    ["an empty element", serving(file("a//b"))],
    ["a file in a folder that was not listed", serving(file("a/b"))],
    ["a folder after what is in it", serving(file("a/b"), { path: "a", kind: "folder" })],
    ["the same page again and again", ({ path }) => path.includes("?list") ? a : undefined],
    [
      "two pages in turn",
      ({ path }) => path.includes("?list") ? path.includes("after=a") ? b : a : undefined,
    ],
    [
      "more than was asked for",
      ({ path }) =>
        path.includes("?list")
          ? list(...Array.from({ length: 1_001 }, (_, at) => file(`${at}`)))
          : undefined,
    ],
    ["a line without end", serving(file("x", { more: "y".repeat(100_000) }))],
  ];
  for (const [name, answering] of rows) {
    server.becomes(answering);
    const { code, reason, stderr } = await run("get", "/", "-o", `${folder}/out`, "--json");
    strictEqual(code, 1, `${name}: ${stderr}`);
    ok(reason === "bad-answer" || reason === "server-error", `${name}: ${reason}`);
    deepStrictEqual(below(`${folder}/out`), [], name);
  }
  // What is sent is compared with the same lists.
  server.becomes(serving(file("/etc/passwd")));
  strictEqual((await run("send", `${folder}/large`, "--json")).reason, "bad-answer");
  strictEqual((await run("ls", "--json")).reason, "bad-answer");
});

Deno.test("What was not asked for is not fetched: the place is named by the user", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  for (const path of ["..", "photos/..", "/photos", ".bashrc", "photos/.bashrc", ""]) {
    server.becomes((asked) =>
      asked.path.includes("?entry")
        ? json({ ...file(path), kind: path.includes("bash") ? "file" : "folder" })
        : serving(file(`${path}/x`))(asked)
    );
    const { reason, stderr } = await run("get", "photos", "-o", `${folder}/out`, "--json");
    strictEqual(reason, "bad-answer", `${path}: ${stderr}`);
  }
  deepStrictEqual(below(`${folder}/out`), []);
  // A name that is the same to the server is another thing.
  server.becomes((asked) =>
    asked.path.includes("?entry") ? json(file("Photos")) : serving()(asked)
  );
  strictEqual((await run("get", "photos", "-o", `${folder}/out/`)).code, 0);
  deepStrictEqual(below(`${folder}/out`), ["Photos"]);
});

Deno.test("Links of a server are made last, and none that leaves the folder", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const link = (path: string, target: string) => ({ path, kind: "link", target });
  const entries = [
    link("absolute", "/etc"),
    link("away", "../../small"),
    link("round", "x/../../../small"),
    link("windows", "C:\\x"),
    link("f", "d"),
    { path: "d", kind: "folder" },
    file("d/x"),
    link("kept", "d/x"),
  ];
  server.becomes(serving(...entries));
  const { code, stdout } = await run("get", "/", "-o", `${folder}/out`, "--json");
  strictEqual(code, 2, stdout);
  deepStrictEqual(stdout.split("\n").filter((line) => line.includes("link-leaves")).length, 4);
  deepStrictEqual(below(`${folder}/out`), ["d/", "d/x", "f", "kept"]);
  // A link of the last run is not written through, whatever the server says that it is now.
  server.becomes(serving({ path: "f", kind: "folder" }, file("f/through"), file("kept")));
  const again = await run("get", "/", "-o", `${folder}/out`, "--json");
  strictEqual(again.reason, "path-in-the-way");
  strictEqual(again.stdout.match(/path-in-the-way/g)?.length, 3);
  deepStrictEqual(below(`${folder}/out/d`), ["x"]);
  server.becomes(serving(link("absolute", "/etc")));
  strictEqual((await run("get", "/", "-o", `${folder}/out`, "--links", "all")).code, 0);
  strictEqual(await Deno.readLink(`${folder}/out/absolute`), "/etc");
});

Deno.test("Contents that are not those of the list are not kept", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const short = `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfrom `;
  const rows: readonly (readonly [string, Answering, string])[] = [
    ["other contents", () => answer(200, "from the terser"), "checksum-mismatch"],
    ["more contents", () => answer(200, `${CONTENTS} and more`), "server-error"],
    ["fewer contents, and those again", () => short, "connection-lost"],
    ["no contents", () => answer(204), "server-error"],
    [
      "a range that was not asked for",
      () => answer(206, CONTENTS, { "content-range": "bytes 9-23/99" }),
      "server-error",
    ],
    ["another version", () => refusal("precondition-failed"), "file-changed"],
  ];
  for (const [name, answering, reason] of rows) {
    server.becomes((asked) =>
      asked.path === "/v4/files/got" ? answering(asked) : serving(file("got"))(asked)
    );
    const told = await run("get", "/", "-o", `${folder}/${name}`, "--json", "--retries", "1");
    strictEqual(told.reason, reason, `${name}: ${told.stdout}${told.stderr}`);
    const kept = below(`${folder}/${name}`);
    const isPart = kept.length === 1 && kept[0]?.endsWith(".part");
    ok(kept.length === 0 || isPart && name.startsWith("fewer"), `${name}: ${kept}`);
  }
  // What came before is gone on with at a range, and found out when that is another one.
  const out = `${folder}/${rows.map(([name]) => name).find((name) => name.startsWith("fewer"))}`;
  server.becomes((asked) =>
    asked.path !== "/v4/files/got"
      ? serving(file("got"))(asked)
      : asked.headers.get("range") === "bytes=5-"
      ? answer(206, "FROM ANOTHE", { "content-range": "bytes 0-10/15" })
      : answer(200, CONTENTS)
  );
  strictEqual((await run("get", "/", "-o", out, "--json")).reason, "bad-answer");
});

Deno.test("A size that cannot be ends the list, and a file ends at its size", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  for (const size of [-1, 1.5, 2 ** 53, "15", null, 1e300]) {
    server.becomes(serving(file("got", { size })));
    const { reason } = await run("get", "/", "-o", `${folder}/out`, "--json");
    ok(reason === "bad-answer" || size === "15" && reason === undefined, `${size}: ${reason}`);
  }
  server.becomes(async (asked) => {
    if (asked.path !== "/v4/files/endless") return serving(file("endless"))(asked);
    await asked.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (;;) await asked.say(`4000\r\n${"x".repeat(0x4000)}\r\n`);
  });
  const { reason } = await run("get", "/", "-o", `${folder}/out`, "--json");
  strictEqual(reason, "server-error");
  ok(server.written < 16 * 1024 ** 2, `${server.written} bytes were taken`);
});

Deno.test("Contents that drip end within the timeout, and make no progress", async () => {
  await using of = await victim(TIMEOUTS.silence);
  const { server, folder, run } = of;
  const size = 500_000;
  server.becomes(async (asked) => {
    if (asked.path !== "/v4/files/drip") return serving(file("drip", { size }))(asked);
    const from = Number(/^bytes=(\d+)-$/.exec(asked.headers.get("range") ?? "")?.[1] ?? 0);
    const status = from === 0 ? "200 OK" : "206 Part";
    const range = from === 0 ? "" : `Content-Range: bytes ${from}-${size - 1}/${size}\r\n`;
    await asked.say(`HTTP/1.1 ${status}\r\n${range}Content-Length: ${size - from}\r\n\r\n`);
    for (;;) {
      await asked.say(".");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const words = ["get", "/", "-o", `${folder}/out`, "--json", "--retries", "1"];
  const { reason, stdout } = await run(...words);
  strictEqual(reason, "no-answer", stdout);
  strictEqual(server.requests.filter((asked) => asked.endsWith("/drip")).length, 2);
});
