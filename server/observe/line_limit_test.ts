import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Logger } from "@logtape/logtape";
import { addressKey } from "../listening/admission/peer_addresses.ts";
import { openLog } from "./log.ts";

/** A log of which a test sees each line, and whose clock it sets. */
async function begin() {
  const clock = { now: 5_000 };
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = await openLog({
    ...{
      level: "info",
      format: "json",
      colors: false,
      addressKey,
      clock: { now: () => clock.now },
    },
    write: (line) => lines.push(JSON.parse(line)),
  });
  return { clock, log, lines };
}

/** The connection of an address. */
function connection(log: Logger, address: string, connection = 1): Logger {
  return log.with({ connection, address });
}

function refuse(log: Logger, reason = "name-taken", detail = ""): void {
  log.warn("Refused {request}: {reason}: {detail}", { request: "register", reason, detail });
}

Deno.test("a refusal has a line at once, and one more with the number of others", async () => {
  const { clock, log, lines } = await begin();
  const one = connection(log, "192.0.2.1");
  for (let time = 0; time < 1_000; time++) refuse(one, "name-taken", `${time}`);
  deepStrictEqual(lines.map(({ detail, times }) => [detail, times]), [["0", undefined]]);
  clock.now += 999;
  refuse(connection(log, "192.0.2.1", 2), "name-taken", "another connection");
  strictEqual(lines.length, 1);
  clock.now += 1;
  refuse(one, "name-taken", "the next second");
  deepStrictEqual(
    lines.slice(1).map(({ detail, times, connection }) => [
      ...[detail, times, connection],
    ]),
    [["another connection", 1_000, 2]],
  );
});

Deno.test("one line that was held back is written as it is", async () => {
  const { clock, log, lines } = await begin();
  const one = connection(log, "192.0.2.1");
  refuse(one, "name-taken", "first");
  refuse(one, "name-taken", "second");
  clock.now += 1_000;
  log.info("Stopped");
  deepStrictEqual(lines.map(({ detail, times }) => [detail, times]), [
    ["first", undefined],
    ["second", undefined],
    [undefined, undefined],
  ]);
});

Deno.test("an attack of a minute has a line for each second, whatever its rate", async () => {
  const { clock, log, lines } = await begin();
  const one = connection(log, "192.0.2.1");
  for (let time = 0; time < 15_000; time++, clock.now += 4) refuse(one);
  ok(lines.length <= 61, `${lines.length} lines`);
  log.info("Stopped");
  const said = lines.reduce((sum, { reason, times = 1 }) => sum + (reason ? Number(times) : 0), 0);
  strictEqual(said, 15_000);
});

Deno.test("another reason and another address have lines of their own", async () => {
  const { log, lines } = await begin();
  for (let time = 0; time < 9; time++) {
    refuse(connection(log, "192.0.2.1"));
    refuse(connection(log, "192.0.2.1"), "name-empty");
    refuse(connection(log, "192.0.2.2"));
    // A network of one user is one sender.
    refuse(connection(log, `2001:db8::${time}`));
  }
  strictEqual(lines.length, 4);
});

Deno.test("clients behind one address have a line each for what they were granted", async () => {
  const { log, lines } = await begin();
  for (const client of ["a1b2…", "c3d4…", "a1b2…"]) {
    const properties = { client, name: "Bo", event: "reconnected" };
    connection(log, "192.0.2.1").info("{name} reconnected", properties);
  }
  deepStrictEqual(lines.map(({ client }) => client), ["a1b2…", "c3d4…"]);
});

Deno.test("lines about files and about the server itself are never held back", async () => {
  const { log, lines } = await begin();
  for (let time = 0; time < 9; time++) {
    connection(log, "192.0.2.1").info("Stored {file}", { file: "a.txt" });
    log.info("Accepting connections again");
  }
  strictEqual(lines.length, 18);
});

Deno.test("what is held back is written before the server says that it stopped", async () => {
  const { log, lines } = await begin();
  for (let time = 0; time < 3; time++) refuse(connection(log, "192.0.2.1"));
  log.info("Stopped");
  deepStrictEqual(lines.map(({ message, times }) => [message, times]), [
    ['Refused "register": "name-taken": ""', undefined],
    ['Refused "register": "name-taken": ""', 2],
    ["Stopped", undefined],
  ]);
});

Deno.test("more addresses than can be told apart are one", async () => {
  const { log, lines } = await begin();
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 64; b++) refuse(connection(log, `192.0.${b}.${a}`));
  }
  strictEqual(lines.length, 4_097);
});
