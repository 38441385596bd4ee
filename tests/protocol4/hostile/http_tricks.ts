/** What may be wrong with any answer, as HTTP has it. */

import { PROBLEM_TYPE } from "../../../shared/protocol4/problem.ts";
import { answer, type Answering, json, refusal } from "./hostile_server.ts";

/** An answer that a client must not accept, and what has to come of it. */
export interface Trick {
  readonly name: string;
  readonly answering: Answering;
  /**
   * Reasons of which the client has to name one; `works` if what is wrong does no harm.
   */
  readonly ends: readonly string[];
}

const BAD = ["bad-answer"];
const LOST = ["connection-lost", "no-answer", "bad-answer"];
const OK = "HTTP/1.1 200 OK\r\n";

/** Repeats until the client closes. */
function endless(start: string, again: string): Answering {
  return async ({ say }) => {
    await say(start);
    const piece = again.repeat(Math.ceil(16_384 / again.length));
    for (;;) {
      await say(piece);
      // A turn for the client, which is in the same process.
      await Deno.stat(".");
    }
  };
}

/** Says something, and closes. */
function ended(said: string): Answering {
  return async ({ say }) => {
    await say(said);
    return "close";
  };
}

function trick(name: string, said: string | Answering, ends: readonly string[] = BAD): Trick {
  return { name, ends, answering: typeof said === "string" ? () => said : said };
}

/** The tricks, each for any answer. */
export const TRICKS: readonly Trick[] = [
  trick("headers without end", endless(OK, "X-More: and more\r\n")),
  trick("a header without end", endless(`${OK}X-Long: `, "long ".repeat(100))),
  trick("a status line without end", endless("HTTP/1.1 200 ", "OK ".repeat(100))),
  trick("more than 100 headers", `${OK}${"A: b\r\n".repeat(101)}\r\n`),
  trick("empty lines without end", endless("", "\r\n".repeat(100))),
  trick("interim answers without end", endless("", "HTTP/1.1 103 Hints\r\n\r\n")),
  trick("another protocol is switched to", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", [
    ...[...BAD, "server-error"],
  ]),
  trick("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
  trick("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  trick("bytes at random", "\x00\xff\x7f\x01\r\n\r\n\x00"),
  trick("no status", "HTTP/1.1 OK\r\n\r\n"),
  trick("a status below 100", "HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"),
  trick("a status above 599", "HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n"),
  trick("lines without CR", ended("HTTP/1.1 200 OK\nContent-Length: 2\n\n{}"), LOST),
  trick("a folded header", `${OK}A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}`),
  trick("a blank before the colon", `${OK}Content-Length : 2\r\n\r\n{}`),
  trick("a header with NUL", `${OK}A: \0\r\nContent-Length: 2\r\n\r\n{}`),
  trick("a header without a name", `${OK}: b\r\nContent-Length: 2\r\n\r\n{}`),
  trick("no length", `${OK}\r\n{}`),
  trick("a negative length", `${OK}Content-Length: -1\r\n\r\n{}`),
  trick("a length with a sign", `${OK}Content-Length: +2\r\n\r\n{}`),
  trick("a length in hexadecimal digits", `${OK}Content-Length: 0x2\r\n\r\n{}`),
  trick("a length with an exponent", `${OK}Content-Length: 2e0\r\n\r\n{}`),
  trick("a length beyond all numbers", `${OK}Content-Length: ${"9".repeat(40)}\r\n\r\n{}`),
  trick("two lengths that differ", `${OK}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`),
  trick("two lengths that are the same", `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}`),
  trick(
    "a length and chunks",
    `${OK}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  trick(
    "a coding that was not asked for",
    `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
  ),
  trick("chunks twice", `${OK}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`),
  trick("a chunk of negative size", `${OK}Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n`),
  trick("a chunk of no size", `${OK}Transfer-Encoding: chunked\r\n\r\n\r\nx\r\n0\r\n\r\n`),
  trick("a chunk with 0x", `${OK}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`),
  trick("a chunk that is longer", `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`),
  trick(
    "a chunk's line without end",
    endless(`${OK}Transfer-Encoding: chunked\r\n\r\n2;`, "x".repeat(99)),
  ),
  trick("a chunk's line without CR", `${OK}Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n`),
  trick(
    "trailers without end",
    endless(`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`, "A: b\r\n"),
  ),
  trick(
    "a body without end",
    endless(`${OK}Content-Length: 999999999999999\r\n\r\n`, "x".repeat(65_536)),
  ),
  trick(
    "chunks without end",
    endless(`${OK}Transfer-Encoding: chunked\r\n\r\n`, `10000\r\n${" ".repeat(65_536)}\r\n`),
  ),
  trick(
    "empty lines of chunks without end",
    endless(`${OK}Transfer-Encoding: chunked\r\n\r\n`, `10000\r\n${"\n".repeat(65_536)}\r\n`),
  ),
  trick("no answer", () => "close", LOST),
  trick("a status line that is cut", ended("HTTP/1.1 2"), LOST),
  trick("a head that is cut", ended(`${OK}Content-Le`), LOST),
  trick("a head that is cut amid its end", ended(`${OK}Content-Length: 9\r\n\r`), LOST),
  trick("a head, and no body", ended(`${OK}Content-Length: 9\r\n\r\n`), LOST),
  trick(
    "a body that is cut",
    ended(`${OK}Content-Length: 9\r\n\r\n{`),
    LOST,
  ),
  trick(
    "chunks that are cut",
    ended(`${OK}Transfer-Encoding: chunked\r\n\r\n9\r\n{`),
    LOST,
  ),
  ...Object.entries({
    "before the first one": "",
    "amid the line before one": "2",
    "before a line ends": "2\r\n{}",
    "before the last one": "2\r\n{}\r\n",
    "amid the last one": "2\r\n{}\r\n0",
    "before the end of the last one": "2\r\n{}\r\n0\r\n",
  }).map(([where, said]) =>
    trick(
      `chunks that are cut ${where}`,
      ended(`${OK}Transfer-Encoding: chunked\r\n\r\n${said}`),
      LOST,
    )
  ),
  ...[301, 302, 303, 307, 308].map((status) =>
    trick(
      `a way elsewhere, ${status}`,
      answer(status, "", { location: "https://127.0.0.1:1/v4" }),
      [
        "server-error",
      ],
    )
  ),
  trick("not modified", answer(304), ["server-error"]),
  trick("a success of no meaning", answer(299, "{}"), [...BAD, "server-error", "works"]),
  trick(
    "a refusal without end",
    endless(
      `HTTP/1.1 400 No\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: 99999999\r\n\r\n`,
      " ".repeat(65_536),
    ),
    ["server-error"],
  ),
  trick(
    "a refusal that is no JSON",
    answer(400, "{", { "content-type": PROBLEM_TYPE }),
    [
      "server-error",
    ],
  ),
  trick(
    "a refusal of an unknown reason",
    answer(400, '{"reason":"\x1b[2J"}', { "content-type": PROBLEM_TYPE }),
    ["server-error"],
  ),
  trick(
    "a refusal that writes to the terminal",
    refusal("bad-path", "\x1b]0;x\x07\x1b[2J\r\n\u202e"),
    [
      "bad-path",
    ],
  ),
  trick("JSON that is deep", answer(200, "[".repeat(60_000))),
  trick("JSON that is deep and whole", answer(200, "[".repeat(30_000) + "]".repeat(30_000))),
  trick("JSON that is no object", json(null)),
  trick("JSON that is a number", json(1e308)),
  trick("JSON of another kind", json({ __proto__: { token: 1 }, constructor: [] })),
  trick(
    "JSON of other types",
    json({
      ...{ nonce: {}, id: [], device: 1, token: null, tokenId: {}, expires: 0, devices: {} },
      ...{ tokens: [null], path: 1, kind: "file", size: -1, tree: "x" },
    }),
  ),
  trick("JSON that is not UTF-8", `${OK}Content-Length: 2\r\n\r\n\xff\xfe`),
];
