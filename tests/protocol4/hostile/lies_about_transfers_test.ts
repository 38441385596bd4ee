/** A server with the right key that lies in its offsets, its answers to a batch, and its words. */

import { match, ok, strictEqual } from "node:assert/strict";
import { encodeAnswer } from "../../../shared/protocol4/batch/frame.ts";
import { expectPlain } from "./expect_plain.ts";
import { answer, type Answering, frames, json, list, refusal } from "./hostile_server.ts";
import { LARGE, victim } from "./victim.ts";
import { TIMEOUTS } from "./without_pauses.ts";

const MIB = 1024 ** 2;
const UPLOAD = "/v4/uploads/0123456789abcdef0123456789abcdef";

Deno.test("An upload ends at an offset that cannot be, or goes back for ever", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const created = (offset: string | number, location = UPLOAD) =>
    answer(200, "", { location, "upload-offset": offset });
  const on = (method: string, path: string, said: Answering): Answering => (asked) =>
    asked.method === method && asked.path === path ? said(asked) : undefined;
  const leaves = (count: number): Answering => ({ method, path }) =>
    path === `${UPLOAD}/leaves`
      ? answer(200, "x".repeat(32 * count))
      : method === "POST" && path === "/v4/uploads"
      ? created(MIB)
      : undefined;
  const cutBody: Answering = async ({ say }) => {
    await say(refusal("body-cut"));
    return "close";
  };
  const rows: readonly (readonly [string, Answering, string])[] = [
    ["beyond the end", on("POST", "/v4/uploads", () => created(LARGE + 1)), "bad-answer"],
    ["negative", on("POST", "/v4/uploads", () => created("-1")), "bad-answer"],
    ["no number", on("POST", "/v4/uploads", () => created("1e6")), "bad-answer"],
    ...["https://evil.example/x", "/v4/uploads/../files/x", "//evil/x", "", "x"].map((place) =>
      [
        `at ${JSON.stringify(place)}`,
        on("POST", "/v4/uploads", () => created(0, place)),
        "bad-answer",
      ] as const
    ),
    [
      "back after a PATCH",
      on("PATCH", UPLOAD, async (asked) => {
        await asked.body();
        return answer(204, "", { "upload-offset": 0 });
      }),
      "bad-answer",
    ],
    [
      "beyond what came",
      on("PATCH", UPLOAD, async (asked) => {
        await asked.body();
        return answer(204, "", { "upload-offset": 2 ** 40 });
      }),
      "bad-answer",
    ],
    [
      "to and fro",
      (asked) =>
        asked.method === "PATCH"
          ? cutBody(asked)
          : asked.method === "HEAD"
          ? answer(200, "", { "upload-offset": asked.time % 2 === 0 ? 0 : MIB })
          : undefined,
      "body-cut",
    ],
    [
      "beyond, after a loss",
      (asked) =>
        asked.method === "PATCH"
          ? cutBody(asked)
          : asked.method === "HEAD"
          ? answer(200, "", { "upload-offset": 3 * MIB })
          : undefined,
      "bad-answer",
    ],
    ["with more leaves than the file has blocks", leaves(4), "bad-answer"],
    ["with leaves without end", async (asked) => {
      if (!asked.path.endsWith("/leaves")) return await leaves(1)(asked);
      await asked.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (;;) await asked.say(`4000\r\n${"x".repeat(0x4000)}\r\n`);
    }, "bad-answer"],
    [
      "with a tree that always differs",
      on(
        "POST",
        `${UPLOAD}/commit`,
        () => refusal("tree-mismatch", "No", { block: 1e99, tree: [] }),
      ),
      "tree-mismatch",
    ],
    [
      "that moves on and on",
      on("PATCH", UPLOAD, () => refusal("offset-mismatch", "No", { offset: 7 })),
      "offset-mismatch",
    ],
  ];
  for (const [name, answering, reason] of rows) {
    server.becomes(answering);
    const told = await run("send", `${folder}/large`, "--json", "--retries", "2");
    strictEqual(told.reason, reason, `${name}: ${told.stdout}${told.stderr}`);
    ok(told.code === 1 || told.code === 4, `${name}: ${told.code}`);
    ok(server.requests.length < 40, `${name}: ${server.requests.length} requests`);
    ok(server.requests.every((asked) => / \/v4\//.test(asked)), name);
  }
});

Deno.test("A stream ends at an offset beyond what was sent, or before what is kept", async () => {
  await using of = await victim();
  const { server, run } = of;
  for (const offset of [9, 2 ** 40]) {
    server.becomes(async (asked) => {
      if (asked.method === "HEAD") return answer(200, "", { "upload-offset": offset });
      if (asked.method !== "PATCH") return undefined;
      await asked.body();
      return answer(204, "", { "upload-offset": offset });
    });
    strictEqual((await run("send", "-", "--as", "x", "--json")).reason, "bad-answer");
  }
});

Deno.test("A batch ends at answers about what was not sent, or that are none", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const done = (...ids: number[]) => encodeAnswer({ type: "done", ids });
  const refused = (id: number, message: string, reason = "quota-exceeded") =>
    encodeAnswer({ type: "refused", id, reason, message });
  const said = (...parts: readonly Uint8Array[]): Answering => async (asked) => {
    if (asked.path !== "/v4/batch") return undefined;
    await asked.body();
    return frames(...parts);
  };
  const rows: readonly (readonly [string, Answering, string | undefined])[] = [
    ["an id that was not sent", said(done(77)), "bad-answer"],
    ["an id twice", said(done(0, 0)), "bad-answer"],
    ["an id again", said(done(0), done(0)), "bad-answer"],
    ["a refusal after all", said(done(0), refused(0, "No")), "bad-answer"],
    ["a refusal of what was not sent", said(refused(5, "No")), "bad-answer"],
    ["nothing", said(), "connection-lost"],
    ["a frame that is cut", said(done(0).subarray(0, 14)), "bad-answer"],
    [
      "a part of an id",
      said(Uint8Array.of(0x81, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0)),
      "bad-answer",
    ],
    ["a type that is not known", said(Uint8Array.of(0x83, ...Array(11).fill(0))), "bad-answer"],
    [
      "a length without end",
      said(Uint8Array.of(0x81, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255)),
      "bad-answer",
    ],
    ["HTML", said(new TextEncoder().encode("<html>".repeat(99))), "bad-answer"],
    ["a refusal for a terminal", said(refused(0, "\x1b[2J\u202e", "\x1b[31m")), "\x1b[31m"],
    ["the end of the batch", said(refused(0xffff_ffff, "No", "server-error")), "server-error"],
    ["answers of nothing without end", async (asked) => {
      if (asked.path !== "/v4/batch") return undefined;
      await asked.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
      const frame = String.fromCharCode(...done());
      for (;;) await asked.say(`c00\r\n${frame.repeat(256)}\r\n`);
    }, "bad-answer"],
  ];
  for (const [name, answering, reason] of rows) {
    server.becomes(answering);
    const told = await run("send", `${folder}/small`, "--json", "--retries", "1");
    strictEqual(told.reason, reason, `${name}: ${told.stdout}${told.stderr}`);
    ok(told.code === 1 || told.code === 4, `${name}: ${told.code}`);
    ok(server.requests.length < 10, `${name}: ${server.requests}`);
  }
});

Deno.test("A batch ends at an answer that drips within the timeout", async () => {
  await using of = await victim(TIMEOUTS.silence);
  const { server, folder, run } = of;
  server.becomes(async (asked) => {
    if (asked.path !== "/v4/batch") return undefined;
    await asked.say("HTTP/1.1 200 OK\r\nContent-Length: 16000\r\n\r\n");
    const begin = [0x81, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0];
    for (let at = 0;; at++) {
      await asked.say(Uint8Array.of(begin[at] ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const told = await run("send", `${folder}/small`, "--json", "--retries", "1");
  strictEqual(told.reason, "no-answer", `${told.stdout}${told.stderr}`);
  ok(told.code === 1 || told.code === 4, `${told.code}`);
  ok(server.requests.length < 10, `${server.requests}`);
});

Deno.test("What a server says of itself reaches no header and no terminal", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const ID = "0123456789abcdef0123456789abcdef";
  const said = "\x1b]0;x\x07\r\n\u202e";
  server.becomes(({ path, method }) =>
    path === "/v4/devices"
      ? json({ devices: [{ id: ID, label: said, added: said, lastUsed: said }] })
      : path === "/v4/tokens" && method === "GET"
      ? json({ tokens: [{ id: ID, scope: said, expires: said }] })
      : path === "/v4/devices/codes"
      ? json({ code: said, expires: said }, 201)
      : path.includes("?list")
      ? list({ path: said, kind: "folder" }, { path: "l", kind: "link", target: said })
      : undefined
  );
  for (const words of [["devices", "list"], ["token", "--list"], ["ls"], ["ls", "-l"]]) {
    const { code, stdout, stderr } = await run(...words);
    strictEqual(code, 0, stderr);
    expectPlain(stdout);
  }
  const added = await run("devices", "add");
  strictEqual(added.code, 1, added.stdout);
  server.becomes(() => refusal("bad-request", said));
  for (const words of [["status"], ["ls"], ["login", server.text], ["get", "x"]]) {
    const { stdout } = await run(...words);
    expectPlain(stdout);
  }
  // A token goes into a header.
  for (const token of ["a\r\nX: y", "", "x".repeat(9_999), "a b", 7, "\u00e9"]) {
    server.becomes(({ path, method }) =>
      path === "/v4/tokens" && method === "POST"
        ? json({ token, tokenId: ID, scope: "write", expires: "x" }, 201)
        : undefined
    );
    const { reason } = await run("login", server.text, "--json");
    strictEqual(reason, "bad-answer", JSON.stringify(token));
  }
  const kept = await Deno.readTextFile(`${folder}/config/known_servers`);
  expectPlain(kept);
  match(kept, /^127\.0\.0\.1:/);
});
