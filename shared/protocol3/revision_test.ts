import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { fits, type Message, type ReplyKind, type RequestKind } from "./message.ts";
import {
  isRevisionName,
  type Replies,
  replyKind,
  requestKind,
  type Requests,
  REVISIONS,
  REVISIONS_BY_PREFERENCE,
} from "./revision.ts";

/** What each revision is like, as the protocol's texts give it. */
const FACTS = {
  "2022c": { aesKeySize: 16, head: 275, verdict: 271, acknowledged: 0 },
  "2023a": { aesKeySize: 16, head: 259, verdict: 255, acknowledged: 16 },
  "2023c": { aesKeySize: 16, head: 259, verdict: 255, acknowledged: 16 },
  "2024a": { aesKeySize: 32, head: 267, verdict: 255, acknowledged: 16 },
  "2024c": { aesKeySize: 32, head: 267, verdict: 255, acknowledged: 16 },
} as const;

/** The revisions that know a request by its code, the preferred one first. */
const REQUEST_FAMILIES: readonly (readonly [number, RequestKind, readonly string[]])[] = [
  [825, "register", ["2024c"]],
  [827, "reconnect", ["2024c"]],
  [900, "crcValid", ["2024c"]],
  [902, "crcAbort", ["2024c"]],
  [1025, "register", ["2024a", "2023c"]],
  [1028, "file", ["2024a", "2023c"]],
  [1030, "crcRetry", ["2024a", "2023c"]],
  [1100, "register", ["2023a", "2022c"]],
  [1101, "publicKey", ["2023a", "2022c"]],
  [1102, "reconnect", ["2023a"]],
  [1103, "file", ["2023a", "2022c"]],
];

/** The same for replies. */
const REPLY_FAMILIES: readonly (readonly [number, ReplyKind, readonly string[]])[] = [
  [1600, "registered", ["2024a", "2024c"]],
  [1607, "serverError", ["2024a", "2024c"]],
  [2100, "registered", ["2023c", "2023a", "2022c"]],
  [2104, "acknowledged", ["2023c", "2023a", "2022c"]],
  [2105, "reconnectAccepted", ["2023c", "2023a"]],
  [2107, "serverError", ["2023c", "2023a"]],
];

const ALL = Object.values(REVISIONS);

Deno.test("REVISIONS has the sizes and the port of each revision under its own name", () => {
  deepStrictEqual(Object.keys(REVISIONS), Object.keys(FACTS));
  for (const [name, expected] of Object.entries(FACTS)) {
    ok(isRevisionName(name));
    const { aesKeySize, requests, replies } = REVISIONS[name];
    deepStrictEqual({
      aesKeySize,
      head: requests.file.layout.size,
      verdict: requests.crcValid.layout.size,
      acknowledged: replies.acknowledged.layout.size,
    }, expected);
    strictEqual(REVISIONS[name].name, name);
  }
});

Deno.test("only 2022c repeats the client's id, and only 2024a and 2024c know packets", () => {
  deepStrictEqual(ALL.filter(({ owned }) => owned).map(({ name }) => name), ["2022c"]);
  deepStrictEqual(ALL.filter(({ packets }) => packets).map(({ name }) => name), ["2024a", "2024c"]);
});

Deno.test("only 2022c has neither reconnect nor an error reply", () => {
  for (const { name, requests, replies } of ALL) {
    strictEqual(requests.reconnect === undefined, name === "2022c");
    strictEqual(replies.reconnectAccepted === undefined, name === "2022c");
    strictEqual(replies.reconnectRefused === undefined, name === "2022c");
    strictEqual(replies.serverError === undefined, name === "2022c");
  }
});

Deno.test("REVISIONS_BY_PREFERENCE has every revision once, the native one first", () => {
  deepStrictEqual(new Set(REVISIONS_BY_PREFERENCE), new Set(ALL));
  strictEqual(REVISIONS_BY_PREFERENCE.length, ALL.length);
  strictEqual(REVISIONS_BY_PREFERENCE[0]?.name, "2024a");
});

Deno.test("requestKind() tells by a request's code which revisions it may be of", () => {
  for (const [code, kind, expected] of REQUEST_FAMILIES) {
    const fitting = REVISIONS_BY_PREFERENCE.filter((it) => requestKind(it, code) === kind);
    deepStrictEqual(fitting.map(({ name }) => name), expected, String(code));
  }
});

Deno.test("replyKind() tells by a reply's code which revisions it may be of", () => {
  for (const [code, kind, expected] of REPLY_FAMILIES) {
    const fitting = REVISIONS_BY_PREFERENCE.filter((it) => replyKind(it, code) === kind);
    deepStrictEqual(fitting.map(({ name }) => name), expected, String(code));
  }
});

Deno.test("requestKind() and replyKind() know exactly the codes of their revision", () => {
  for (const revision of ALL) {
    const requests: Record<string, number> = {};
    const replies: Record<string, number> = {};
    for (let code = 0; code <= 0xffff; code++) {
      const request = requestKind(revision, code);
      const reply = replyKind(revision, code);
      ok(request === undefined || reply === undefined, `${code} is a request and a reply`);
      if (request !== undefined) requests[request] = code;
      if (reply !== undefined) replies[reply] = code;
    }
    deepStrictEqual(requests, codesOf(revision.requests));
    deepStrictEqual(replies, codesOf(revision.replies));
  }
});

Deno.test("isRevisionName() knows the five names and nothing else", () => {
  for (const { name } of ALL) ok(isRevisionName(name));
  for (const name of ["", "2024", "2024A", " 2024a", "auto", "constructor", "__proto__"]) {
    strictEqual(isRevisionName(name), false, name);
  }
});

function codesOf(messages: Requests | Replies): Record<string, number> {
  return Object.fromEntries(Object.entries(messages).map(([kind, { code }]) => [kind, code]));
}

Deno.test("fits() knows the sizes of every payload: with fields only, content, or a key", () => {
  const { register, publicKey, file, crcValid } = REVISIONS["2022c"].requests;
  const { keyAccepted, acknowledged, registrationRefused } = REVISIONS["2024a"].replies;
  const possible = (message: Message, sizes: readonly number[]) =>
    sizes.filter((size) => fits(message, size));
  deepStrictEqual(possible(register, [0, 254, 255, 256]), [255]);
  deepStrictEqual(possible(publicKey, [255, 414, 415, 416]), [415]);
  deepStrictEqual(possible(file, [274, 275, 276, 0xffff_ffff]), [275, 276, 0xffff_ffff]);
  deepStrictEqual(possible(crcValid, [255, 270, 271, 272]), [271]);
  deepStrictEqual(possible(keyAccepted, [0, 16, 17, 144, 528, 529]), [17, 144, 528]);
  deepStrictEqual(possible(acknowledged, [0, 15, 16, 17]), [16]);
  deepStrictEqual(possible(registrationRefused, [0, 1, 16]), [0]);
});
