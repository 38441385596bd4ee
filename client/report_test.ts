import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { ClientError, EXIT, localError } from "./client_error.ts";
import {
  errorLine,
  givenUpLine,
  interruptedLine,
  jsonError,
  jsonOutcome,
  type Outcome,
  sentLine,
  summaryLine,
} from "./report.ts";

type SentOutcome = Extract<Outcome, { status: "sent" }>;

const SERVER = "[::1]:1256";

const SENT: SentOutcome = {
  file: "../videos/holiday.mov",
  status: "sent",
  local: { path: "../videos/holiday.mov", name: "holiday.mov", size: 33_554_432, modified: 1 },
  sent: { checksum: 3_688_169_852, revision: "2024a", attempts: 2 },
  milliseconds: 376.4,
};

const FAILED: Outcome = {
  file: "nothing.txt",
  status: "failed",
  error: localError("file-missing", 'There is no file "nothing.txt"; check the path'),
};

/**
 * Names with characters that a terminal interprets or hides: controls of both kinds, marks of
 * direction.
 */
const hostileName = fc.string({
  unit: fc.oneof(
    fc.constantFrom("a", "日", "\0", "\x1b", "\x7f", "\x9b", "\r", "\n", '"', "\\"),
    fc.constantFrom("\u202e", "\u2066", "\u2028", "\u2029", "\u200d", "\ufeff"),
  ),
  minLength: 1,
});

/** A file with this size and duration. */
function sent(size: number, milliseconds: number): SentOutcome {
  return { ...SENT, local: { ...SENT.local, size }, milliseconds };
}

Deno.test("A key that is shorter than its revision has is noted in line and JSON", () => {
  const short = { ...SENT, sent: { ...SENT.sent, keyBits: 128 } };
  match(
    sentLine(short, SERVER),
    / verified; the server gave a key of 128 bits, less than revision 2024a has$/,
  );
  deepStrictEqual(jsonOutcome(short, SERVER), { ...jsonOutcome(SENT, SERVER), keyBits: 128 });
  match(sentLine(SENT, SERVER), / verified$/);
});

Deno.test("jsonOutcome() has exactly the documented fields for a file that was sent", () => {
  deepStrictEqual(jsonOutcome(SENT, SERVER), {
    file: "../videos/holiday.mov",
    status: "sent",
    name: "holiday.mov",
    size: 33_554_432,
    seconds: 0.376,
    server: "[::1]:1256",
    checksum: 3_688_169_852,
    revision: "2024a",
    attempts: 2,
  });
});

Deno.test("jsonOutcome() has exactly the documented fields for a file that failed", () => {
  deepStrictEqual(jsonOutcome(FAILED, SERVER), {
    file: "nothing.txt",
    status: "failed",
    reason: "file-missing",
    message: 'There is no file "nothing.txt"; check the path',
    exitCode: 2,
  });
  const refused = new ClientError("The name is taken", {
    reason: "name-taken",
    exitCode: EXIT.refused,
    cause: new Error("not to be told"),
  });
  deepStrictEqual(jsonOutcome({ file: "a", status: "failed", error: refused }, SERVER), {
    file: "a",
    status: "failed",
    reason: "name-taken",
    message: "The name is taken",
    exitCode: 4,
  });
});

Deno.test("jsonError() says what a file that failed has, without a file", () => {
  ok(FAILED.status === "failed");
  deepStrictEqual(jsonError(FAILED.error), {
    status: "failed",
    reason: "file-missing",
    message: 'There is no file "nothing.txt"; check the path',
    exitCode: 2,
  });
});

Deno.test("jsonOutcome() is one line of JSON for any file name", () => {
  fc.assert(fc.property(hostileName, fc.nat(), (file, milliseconds) => {
    const local = { ...SENT.local, path: file, name: file };
    for (const outcome of [{ ...SENT, file, local, milliseconds }, { ...FAILED, file }]) {
      const json = jsonOutcome(outcome, SERVER);
      const line = JSON.stringify(json);
      strictEqual(line.includes("\n"), false);
      deepStrictEqual(JSON.parse(line), json);
    }
  }));
});

Deno.test("jsonOutcome() counts seconds with at most three decimals", () => {
  for (const [milliseconds, seconds] of [[0, 0], [0.4, 0], [0.5, 0.001], [1_234.5678, 1.235]]) {
    const json = jsonOutcome({ ...SENT, milliseconds: milliseconds ?? NaN }, SERVER);
    strictEqual(json.status === "sent" && json.seconds, seconds);
  }
});

Deno.test("sentLine() tells name, server, size, time, rate and checksum", () => {
  strictEqual(
    sentLine(sent(32 * 1024 * 1024, 2_000), "127.0.0.1:1256"),
    '"holiday.mov" sent to 127.0.0.1:1256: 32 MiB in 2 s (16 MiB/s), checksum 3688169852 verified',
  );
});

Deno.test("sentLine() tells no rate after no time that can be seen", () => {
  match(sentLine(sent(0, 0), SERVER), /: 0 B in 0 s, checksum/);
  match(sentLine(sent(102_400, 49), SERVER), /: 100 KiB in 0 s, checksum/);
  match(sentLine(sent(102_400, 50), SERVER), /: 100 KiB in 0\.1 s \(2 MiB\/s\), checksum/);
});

Deno.test("sentLine() tells no rate of a few bytes, however long they took", () => {
  match(sentLine(sent(6, 120), SERVER), /: 6 B in 0\.1 s, checksum/);
  match(sentLine(sent(65_535, 9_000), SERVER), /: 64 KiB in 9 s, checksum/);
  match(sentLine(sent(65_536, 8_000), SERVER), /: 64 KiB in 8 s \(8 KiB\/s\), checksum/);
});

Deno.test("summaryLine() has the numbers of files sent and failed, bytes and time", () => {
  const line = (...outcomes: readonly Outcome[]) =>
    summaryLine(outcomes, { server: "h:1", milliseconds: 2_000 });
  const large = sent(1024 ** 2, 1_000);
  strictEqual(line(large, large, large), "3 files sent to h:1: 3 MiB in 2 s (1.5 MiB/s)");
  strictEqual(line(large, FAILED), "1 of 2 files sent to h:1: 1 MiB in 2 s (512 KiB/s); 1 failed");
  strictEqual(line(sent(6, 1), sent(0, 1)), "2 files sent to h:1: 6 B in 2 s");
  strictEqual(line(FAILED, FAILED), "0 of 2 files sent to h:1; 2 failed");
});

Deno.test("sentLine() is one line that a terminal does not act on, whatever the name is", () => {
  fc.assert(fc.property(hostileName, (name) => {
    const line = sentLine({ ...SENT, local: { ...SENT.local, name } }, SERVER);
    doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }));
});

Deno.test("errorLine() says Fatal for server and network, error for local causes", () => {
  strictEqual(
    errorLine(localError("file-missing", "There is no file")),
    "error: There is no file",
  );
  for (const exitCode of [EXIT.failed, EXIT.noConnection, EXIT.refused]) {
    const error = new ClientError("It failed", { reason: "server-error", exitCode });
    strictEqual(errorLine(error), "Fatal: It failed");
  }
});

Deno.test("givenUpLine() counts files", () => {
  strictEqual(givenUpLine(1), "One more file was not sent either");
  strictEqual(givenUpLine(12), "12 more files were not sent either");
});

Deno.test("interruptedLine() says how many files were sent, and names some that were not", () => {
  strictEqual(
    interruptedLine({ total: 1, unsent: ["a b.txt"] }),
    'Interrupted before "a b.txt" was sent and verified',
  );
  strictEqual(
    interruptedLine({ total: 3, unsent: ["b", "c"] }),
    'Interrupted: 1 of 3 files sent and verified; not: "b", "c"',
  );
  strictEqual(
    interruptedLine({ total: 9, unsent: ["a", "b", "c", "d", "e"] }),
    'Interrupted: 4 of 9 files sent and verified; not: "a", "b", "c" and 2 more',
  );
});
