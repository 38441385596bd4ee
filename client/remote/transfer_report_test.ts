import { deepStrictEqual, doesNotMatch, match, strictEqual } from "node:assert/strict";
import { Output } from "../../shared/settings/output.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { ClientError, localError } from "../client_error.ts";
import { Screen } from "../terminal/screen.ts";
import type { LocalFileEntry } from "./local_entry.ts";
import { toldWaits } from "./told_waits.ts";
import { TransferReport } from "./transfer_report.ts";

/** What commands write, and a clock that stands still. */
function written() {
  const clock = new TestClock();
  const decoder = new TextDecoder();
  const [results, messages]: [string[], string[]] = [[], []];
  const stdout = new Output({
    writeSync(bytes) {
      results.push(decoder.decode(bytes));
      return bytes.byteLength;
    },
  }, "standard output");
  const screen = new Screen({
    ...{ write: (text) => messages.push(text), columns: undefined, quiet: false, now: clock.now },
  });
  const context = { io: { clock }, stdout, screen };
  const all = () => ({ results: results.join(""), messages: messages.join("") });
  return { clock, context, all };
}

/** The work of a test that has told all before. */
const NOTHING = () => Promise.resolve();

const SETTINGS = { json: false, quiet: false, verbose: false };

function file(name: string, size: number): LocalFileEntry {
  return { kind: "file", path: name, to: [name], size, modified: 0 };
}

Deno.test("A transfer is called verified at its end, and not before", async () => {
  const { context, all } = written();
  const report = new TransferReport({ context, settings: SETTINGS, done: "sent" });
  const [a, b] = [file("a", 2_048), file("b", 10)];
  for (const each of [a, b]) report.expect(each);
  report.begin("host:1");
  report.progress(a, { bytes: 1_024, name: "a" });
  strictEqual(
    report.soFar,
    "0 files sent to host:1: 1 KiB in 0 s; 2 left, and the same command goes on from there",
  );
  report.progress(a, { bytes: 2_048, name: "a" });
  report.ended(a, { status: "sent", line: "", json: {} });
  match(report.soFar, /^1 file sent to host:1: 2 KiB in 0 s; 1 left, and the same/);
  report.failed(localError("file-changed", "It changed"), { file: "b" }, b);
  strictEqual(await report.sumUp(NOTHING), 2);
  strictEqual(all().results, "1 file sent to host:1: 2 KiB in 0 s, verified; 1 failed\n");
});

Deno.test("The progress of a transfer counts links as its sum does", () => {
  const { clock, context, all } = written();
  const report = new TransferReport({ context, settings: SETTINGS, done: "sent" });
  const a = file("a", 10);
  const link = { kind: "link", path: "l", to: ["l"], modified: 0, target: "a" } as const;
  for (const each of [a, link]) report.expect(each);
  report.begin("host:1");
  report.ended(link, { status: "sent", line: "", json: {} });
  clock.advance(10_000);
  report.progress(a, { bytes: 10, name: "a" });
  match(all().messages, /^1 of 2 files: 10 B of 10 B/);
  match(report.soFar, /^1 file sent /);
});

Deno.test("A transfer of nothing verifies nothing", async () => {
  const { context, all } = written();
  const report = new TransferReport({ context, settings: SETTINGS, done: "fetched" });
  report.begin("host:1");
  report.ended(file("a", 1), { status: "unchanged", line: "", json: {} });
  await report.sumUp(NOTHING);
  strictEqual(all().results, "0 files fetched from host:1: 0 B in 0 s; 1 was there already\n");
});

Deno.test("An error that ends a transfer is told with the sum and what is left", async () => {
  const gone = new ClientError("It is gone", { reason: "connection-lost", exitCode: 1 });
  const rows = [
    { names: ["a"], json: false, results: "" },
    {
      ...{ names: ["a", "b", "c"], json: false },
      results:
        "1 file sent to host:1: 5 B in 0 s, verified; 2 left, and the same command goes on " +
        "from there\n",
    },
    {
      ...{ names: ["a"], json: true },
      results: '{"status":"failed","reason":"connection-lost","message":"It is gone",' +
        '"exitCode":1}\n',
    },
    {
      ...{ names: ["a", "b", "c"], json: true },
      results: "{}\n" +
        '{"status":"failed","reason":"connection-lost","message":"It is gone","exitCode":1}\n' +
        '{"status":"ended","sent":1,"unchanged":0,"skipped":0,"failed":0,"left":2,"bytes":5,' +
        '"seconds":0,"server":"host:1","exitCode":1}\n',
    },
  ];
  for (const { names, json, results } of rows) {
    const { context, all } = written();
    const report = new TransferReport({ context, settings: { ...SETTINGS, json }, done: "sent" });
    const files = names.map((name) => file(name, 5));
    for (const each of files) report.expect(each);
    report.begin("host:1");
    const code = await report.sumUp(() => {
      const [first, second] = files;
      if (first !== undefined && second !== undefined) {
        report.progress(first, { bytes: 5, name: "a" });
        report.ended(first, { status: "sent", line: "", json: {} });
      }
      return Promise.reject(gone);
    });
    strictEqual(code, 1);
    deepStrictEqual(all(), { results, messages: "Fatal: It is gone\n" });
  }
});

Deno.test("A wait is told with its server, its time and how to stop, and its end", () => {
  const { context, all, clock } = written();
  const tell = toldWaits(context, { json: false });
  const wait = { server: "host:1", reason: "no-connection", message: "Nobody there" } as const;
  tell(undefined);
  tell({ ...wait, waited: 400, left: 89_600 });
  // As often as progress, and no more.
  tell({ ...wait, waited: 900, left: 89_100 });
  clock.advance(3_000);
  tell({ ...wait, waited: 12_400, left: 77_600 });
  tell(undefined);
  tell(undefined);
  strictEqual(
    all().messages,
    [
      "Waiting for host:1, lost for 0.4 s; at most 1 min 30 s more. Ctrl-C stops, and the same " +
      "command goes on from there\n",
      "Waiting for host:1, lost for 12 s; at most 1 min 18 s more. Ctrl-C stops, and the same " +
      "command goes on from there\n",
      "host:1 answers again, after 12 s\n",
    ].join(""),
  );
  strictEqual(all().results, "");
});

Deno.test("A wait is told in JSON too", () => {
  const { context, all } = written();
  const tell = toldWaits(context, { json: true });
  const wait = { server: "host:1", reason: "no-connection", message: "Nobody there" } as const;
  tell({ ...wait, waited: 1_400, left: 88_600 });
  tell(undefined);
  doesNotMatch(all().results, /undefined/);
  deepStrictEqual(all().results.trim().split("\n").map((line) => JSON.parse(line)), [
    {
      ...{ status: "waiting", server: "host:1", waited: 1, left: 89 },
      ...{ reason: "no-connection", message: "Nobody there" },
    },
    { status: "continued", server: "host:1", waited: 1 },
  ]);
});
