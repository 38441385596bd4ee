import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ON_RECORD, OwnParty, type SessionHabits } from "../../tests/peers/own_party.ts";
import { ScriptedServer, type ServerScript } from "../../tests/peers/scripted_server.ts";
import { pausesOnly, TestClock } from "../../tests/peers/test_clock.ts";
import type { Outcome } from "../report.ts";
import { sendFiles } from "./send_files.ts";
import { always } from "../../tests/peers/scripts.ts";
import { NOBODY } from "../../tests/peers/nobody.ts";

/** The `cksum` of "alpha" and "beta". */
const CKSUM = { alpha: 328085594, beta: 67507236 } as const;

/** Answers a file of this name with an error. */
function errorFor(name: string): NonNullable<ServerScript["onRequest"]> {
  return (request) =>
    request.kind === "file" && request.fileName.text === name ? { kind: "serverError" } : undefined;
}

/** An outcome in two or three words. */
function told(outcome: Outcome): readonly unknown[] {
  return outcome.status === "sent"
    ? [outcome.file, outcome.status, outcome.sent.checksum]
    : [outcome.file, outcome.error.reason, outcome.error.exitCode];
}

/** Sends these files in a session without retries; returns outcomes and reported lines. */
async function send(
  names: readonly string[],
  { own, server }: {
    readonly own: OwnParty;
    readonly server: Pick<ScriptedServer, "address" | "revision">;
  },
  habits: SessionHabits = {},
) {
  const session = await own.session(server, { retries: 0, ...habits });
  const events: string[] = [];
  const progress = new Map<string, number>();
  let time = 0;
  const outcomes = await sendFiles(names.map((name) => join(own.folder, name)), {
    now: () => time++,
    uplink: session,
    parallel: 1,
    onProgress({ name }, sent) {
      progress.set(name, sent);
    },
    onOutcome: ({ file, status }) => events.push(`${status} ${file.slice(own.folder.length + 1)}`),
  });
  const short = outcomes.map(told).map(([file, ...rest]) => [
    `${file}`.slice(own.folder.length + 1),
    ...rest,
  ]);
  return { outcomes, short, events, progress };
}

/** A client with the files `alpha` and `beta`, each with its own name as content. */
async function clientWithFiles(server?: ScriptedServer): Promise<OwnParty> {
  const own = await OwnParty.oldFriend(server);
  for (const name of ["alpha", "beta"]) await own.file(name, name);
  return own;
}

Deno.test("sendFiles() sends files one after the other over one connection", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await clientWithFiles(server);
  const { outcomes, short, events, progress } = await send(["beta", "alpha"], { own, server });
  deepStrictEqual(short, [["beta", "sent", CKSUM.beta], ["alpha", "sent", CKSUM.alpha]]);
  deepStrictEqual(events, ["sent beta", "sent alpha"]);
  deepStrictEqual([...progress], [["beta", 4], ["alpha", 5]]);
  deepStrictEqual(server.heard, [["reconnect", "file", "crcValid", "file", "crcValid"]]);
  const [first] = outcomes;
  ok(first?.status === "sent");
  strictEqual(first.local.name, "beta");
  strictEqual(first.milliseconds, 1);
});

Deno.test("sendFiles() sends a file once that is named twice", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await clientWithFiles(server);
  const { short, events } = await send(["alpha", "beta", "alpha"], { own, server });
  deepStrictEqual(short, [["alpha", "sent", CKSUM.alpha], ["beta", "sent", CKSUM.beta]]);
  deepStrictEqual(events, ["sent alpha", "sent beta"]);
});

Deno.test("sendFiles() sends the other files when one is missing or a folder", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await clientWithFiles(server);
  await Deno.mkdir(join(own.folder, "folder"));
  const { short, events } = await send(["nothing", "alpha", "folder", "beta"], { own, server });
  deepStrictEqual(short, [
    ["nothing", "file-missing", 2],
    ["alpha", "sent", CKSUM.alpha],
    ["folder", "file-is-a-folder", 2],
    ["beta", "sent", CKSUM.beta],
  ]);
  deepStrictEqual(events, [
    "failed nothing",
    "sent alpha",
    "failed folder",
    "sent beta",
  ]);
});

Deno.test("sendFiles() makes no connection when no file can be sent", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await clientWithFiles(server);
  const { short } = await send(["nothing", "nowhere"], { own, server });
  deepStrictEqual(short, [["nothing", "file-missing", 2], ["nowhere", "file-missing", 2]]);
  strictEqual(server.connections.length, 0);
});

Deno.test("sendFiles() sends the other files when the server fails at one", async () => {
  await using server = new ScriptedServer({ revision: "2024a", onRequest: errorFor("alpha") });
  await using own = await clientWithFiles(server);
  const { short, events } = await send(["alpha", "beta"], { own, server });
  deepStrictEqual(short, [["alpha", "server-error", 1], ["beta", "sent", CKSUM.beta]]);
  deepStrictEqual(events, ["failed alpha", "sent beta"]);
});

Deno.test("sendFiles() tries no other file once the server has refused the client", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await clientWithFiles();
  await Deno.remove(own.files.path);
  server.admit(ON_RECORD);
  const { short, events } = await send(["alpha", "nothing", "beta"], { own, server });
  deepStrictEqual(short, [
    ["alpha", "name-taken", 4],
    ["nothing", "file-missing", 2],
    ["beta", "name-taken", 4],
  ]);
  deepStrictEqual(events, ["failed alpha", "failed nothing", "failed beta"]);
  deepStrictEqual(server.heard, [["register"]]);
});

Deno.test("sendFiles() tries no other file when nobody listens", async () => {
  await using own = await clientWithFiles();
  const server = { address: NOBODY, revision: "2024a" } as const;
  const { short, events } = await send(["alpha", "beta"], { own, server });
  deepStrictEqual(short, [["alpha", "no-connection", 3], ["beta", "no-connection", 3]]);
  deepStrictEqual(events, ["failed alpha", "failed beta"]);
});

Deno.test("sendFiles() tries no other file once retries for its server end", async () => {
  await using server = new ScriptedServer({
    ...{ revision: "2024a", stops: true },
    onRequest: always("file", ["stop", "close"]),
  });
  await using own = await clientWithFiles(server);
  const clock = new TestClock({ skips: pausesOnly });
  const begun = clock.now();
  const { short, events } = await send(["alpha", "beta"], { own, server }, {
    retries: 3,
    retryTime: 90_000,
    clock,
  });
  deepStrictEqual(short, [["alpha", "connection-lost", 1], ["beta", "connection-lost", 1]]);
  deepStrictEqual(events, ["failed alpha", "failed beta"]);
  ok(clock.now() - begun < 100_000, `${clock.now() - begun}`);
});

Deno.test("sendFiles() of no files does nothing", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await clientWithFiles(server);
  deepStrictEqual((await send([], { own, server })).outcomes, []);
  strictEqual(server.connections.length, 0);
});
