import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { isRevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { type Script, ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { always, either, first, wrongChecksum } from "../../tests/peers/scripts.ts";
import { EXIT } from "../client_error.ts";
import type { SessionOptions } from "./session.ts";

const PLAIN = "The quick brown fox jumps over the lazy dog.\n";
const MISMATCH = { reason: "checksum-mismatch", exitCode: EXIT.failed } as const;
const TROUBLE = /^The server found another checksum for "fox.txt"; sending it again \((\d) of 3\)$/;

/** Long enough for a server that answers, on a slow machine too. */
const SHORT = 1_000;

/** Replies of some servers to "CRC invalid, resending". */
const acknowledgement: Script = ({ clientId }) => ({ kind: "acknowledged", clientId });

/** Sends a file from a client that the server knows; returns the outcome. */
async function send(
  onRequest: Script,
  { revision = "2024a", ...habits }: Partial<Pick<SessionOptions, "retries" | "timeout">> & {
    readonly revision?: ScriptedServer["revision"];
  } = {},
) {
  await using server = new ScriptedServer({ revision, onRequest });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, habits);
  const sending = session.send(await own.file("fox.txt", PLAIN), () => {});
  const sent = await sending.catch(() => undefined);
  const [handshake, ...heard] = server.heard.flat();
  ok(handshake === (revision === "2022c" ? "publicKey" : "reconnect"));
  return {
    sending,
    attempts: sent?.attempts,
    heard,
    connections: server.heard.length,
    troubles: own.troubles,
    kept: server.files.has("fox.txt"),
  };
}

for (const times of [1, 2, 3]) {
  Deno.test(`A session sends a file again after ${times} wrong checksums`, async () => {
    const { attempts, heard, troubles, kept } = await send(first(times, "file", wrongChecksum));
    const again = Array.from({ length: times }, () => ["crcRetry", "file"]).flat();
    deepStrictEqual(heard, ["file", ...again, "crcValid"]);
    strictEqual(attempts, times + 1);
    deepStrictEqual(
      troubles.map((line) => TROUBLE.exec(line)?.[1]),
      ["1", "2", "3"].slice(0, times),
    );
    ok(kept);
  });
}

for (const revision of Object.keys(REVISIONS).filter(isRevisionName)) {
  Deno.test(`A session in ${revision} gives a file up after 4 wrong checksums`, async () => {
    const given = await send(always("file", wrongChecksum), { revision });
    await failsWith(given.sending, { ...MISMATCH, message: /"fox.txt" 4 times/ });
    const again = ["crcRetry", "file", "crcRetry", "file", "crcRetry", "file"];
    deepStrictEqual(given.heard, ["file", ...again, "crcAbort"]);
    strictEqual(given.troubles.length, 3);
    ok(!given.kept);
  });
}

Deno.test("A session without retries gives a file up after the first wrong checksum", async () => {
  const given = await send(always("file", wrongChecksum), { retries: 0 });
  await failsWith(given.sending, MISMATCH);
  deepStrictEqual(given.heard, ["file", "crcAbort"]);
});

Deno.test("A session skips an acknowledgement of the announcement to resend", async () => {
  const script = either(first(2, "file", wrongChecksum), always("crcRetry", acknowledgement));
  const { attempts, heard, troubles } = await send(script);
  strictEqual(attempts, 3);
  deepStrictEqual(heard, ["file", "crcRetry", "file", "crcRetry", "file", "crcValid"]);
  ok(troubles.every((line) => TROUBLE.test(line)));
});

Deno.test("A session treats surplus acknowledgements as an error", async () => {
  const thrice: Script = ({ clientId }) => [
    { kind: "acknowledged", clientId },
    { kind: "acknowledged", clientId },
    { kind: "acknowledged", clientId },
  ];
  const { sending, troubles } = await send(
    either(first(1, "file", wrongChecksum), first(2, "file", thrice)),
    { retries: 1 },
  );
  await sending.catch(() => {});
  strictEqual(troubles[1], "server responded with an error");
});

Deno.test("A session skips an acknowledgement while it waits for a checksum", async () => {
  const both: Script = async ({ clientId }, turn) => {
    const reply = await turn.official();
    return reply === undefined ? "nothing" : [{ kind: "acknowledged", clientId }, reply];
  };
  const { attempts, troubles, heard } = await send(
    either(
      first(1, "file", acknowledgement),
      first(2, "file", both),
    ),
    { timeout: SHORT },
  );
  strictEqual(attempts, 2);
  deepStrictEqual(troubles, [
    "The server did not answer within 1 s; trying again in 0.25 s (1 of 3)",
  ]);
  deepStrictEqual(heard, ["file", "reconnect", "file", "crcValid"]);
});

Deno.test("Wrong checksums, errors and lost connections are counted apart", async () => {
  const script = either(
    first(1, "file", wrongChecksum),
    first(2, "file", { kind: "serverError" }),
    first(3, "file", "close"),
  );
  const { attempts, heard, kept } = await send(script, { retries: 1 });
  strictEqual(attempts, 4);
  deepStrictEqual(heard, ["file", "crcRetry", "file", "file", "reconnect", "file", "crcValid"]);
  ok(kept);
});

Deno.test("A session says again that it gives up when that is answered with an error", async () => {
  const script = either(
    always("file", wrongChecksum),
    first(1, "crcAbort", { kind: "serverError" }),
  );
  const { sending, heard } = await send(script, { retries: 1 });
  await failsWith(sending, MISMATCH);
  deepStrictEqual(heard, ["file", "crcRetry", "file", "crcAbort", "crcAbort"]);
});

Deno.test("A session that gives up ends although the server sends errors only", async () => {
  const script = either(
    always("file", wrongChecksum),
    always("crcAbort", { kind: "serverError" }),
  );
  const { sending, heard } = await send(script, { retries: 1 });
  await failsWith(sending, MISMATCH);
  deepStrictEqual(heard.slice(3), ["crcAbort", "crcAbort"]);
});

Deno.test("A session that gives up does not begin again when the connection is lost", async () => {
  const script = either(always("file", wrongChecksum), always("crcAbort", "close"));
  const { sending, heard, connections } = await send(script, { retries: 1 });
  await failsWith(sending, MISMATCH);
  deepStrictEqual(heard, ["file", "crcRetry", "file", "crcAbort"]);
  strictEqual(connections, 1);
});
