import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { recordedLog, SILENT } from "../../../tests/peers/test_services.ts";
import { Counters } from "../../observe/counters.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import {
  acceptConnections,
  type AcceptCounter,
  type AcceptOptions,
  ListenerError,
} from "./listener.ts";
import { Turns } from "../turns/turns.ts";
import { AcceptTrouble } from "./accept_trouble.ts";

/** An error as the runtime has it. */
function systemError(code: string): Error {
  return Object.assign(new Error(`What the system says of ${code}`), { code });
}

/** A real listener whose `accept()` fails with the given errors. */
function troubled(
  listener: Deno.TcpListener,
  fails: (attempt: number) => Error | undefined,
): Deno.TcpListener {
  let attempt = 0;
  return new Proxy(listener, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key !== "accept") return value.bind(target);
      return () => {
        const error = fails(++attempt);
        return error === undefined ? target.accept() : Promise.reject(error);
      };
    },
  });
}

/** Whether a wait is a pause between two tries. */
const isPause = (milliseconds: number) => milliseconds < 1_000;

/** A turn at once. */
const FREE = { wait: () => Promise.resolve(true) };

/** An accept loop on a loopback listener, with its results. */
function begin(
  { log = SILENT, fails = () => undefined, clock = new TestClock({ skips: isPause }), turn = FREE }:
    {
      readonly log?: typeof SILENT;
      readonly fails?: (attempt: number) => Error | undefined;
      readonly clock?: TestClock;
      readonly turn?: AcceptOptions["turn"];
    },
) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const counters = new Counters<AcceptCounter>();
  const conns: Deno.TcpConn[] = [];
  let heard = () => {};
  const loop = acceptConnections(troubled(listener, fails), {
    ...{ log, counters, clock, turn, stopping: stop.signal },
    onConnection(conn) {
      conns.push(conn);
      heard();
    },
  });
  return {
    counters,
    conns,
    pauses: clock.waits,
    loop,
    stop,
    /** Connects, and resolves when the loop has handed the connection on. */
    async connect() {
      const taken = new Promise<void>((resolve) => heard = resolve);
      const { hostname, port } = listener.addr;
      conns.push(await Deno.connect({ hostname, port }));
      await taken;
    },
    /** Stops as the server does: the signal first. */
    async end() {
      stop.abort();
      listener.close();
      await loop;
      for (const conn of conns) conn.close();
    },
  };
}

Deno.test("the accept loop hands on each connection, until it is stopped", async () => {
  const accepting = begin({});
  for (const count of [1, 2, 3]) {
    await accepting.connect();
    strictEqual(accepting.conns.length, 2 * count);
  }
  await accepting.end();
  deepStrictEqual(accepting.counters.snapshot(), {});
});

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  Deno.test(`the accept loop waits during ${code}, up to 50 ms, and counts`, async () => {
    const accepting = begin({ fails: (attempt) => attempt <= 8 ? systemError(code) : undefined });
    await accepting.connect();
    await accepting.end();
    strictEqual(accepting.counters.value("accepts-failed"), 8);
    deepStrictEqual(accepting.pauses.slice(0, 8), [5, 10, 20, 40, 50, 50, 50, 50]);
  });
}

Deno.test("the accept loop logs a shortage once, and its end once", async () => {
  const { log, lines } = await recordedLog();
  const shortage = (attempt: number) => attempt % 3 === 0 ? undefined : systemError("EMFILE");
  const accepting = begin({ log, fails: shortage });
  for (let count = 0; count < 4; count++) await accepting.connect();
  deepStrictEqual(lines.map(({ level }) => level), ["ERROR"]);
  ok(lines[0]?.message.includes("What the system says of EMFILE"), lines[0]?.message);
  await accepting.end();
  strictEqual(accepting.counters.value("accepts-failed") >= 8, true);
});

Deno.test("the accept loop says that it accepts again, when it is calm", async () => {
  const { log, lines } = await recordedLog();
  const clock = new TestClock({ skips: isPause });
  const accepting = begin({
    log,
    clock,
    fails: (attempt) => attempt <= 2 ? systemError("EMFILE") : undefined,
  });
  await accepting.connect();
  clock.advance(999);
  strictEqual(lines.length, 1);
  clock.advance(1);
  await accepting.end();
  deepStrictEqual(lines.map(({ level }) => level), ["ERROR", "INFO"]);
  ok(lines[1]?.message.includes("again"), lines[1]?.message);
});

Deno.test("it is not calm while failures come, however many connections do beside", async () => {
  const { log, lines } = await recordedLog();
  const clock = new TestClock();
  using trouble = new AcceptTrouble(log, clock);
  trouble.failed("EMFILE");
  for (let count = 0; count < 3; count++) trouble.accepted();
  trouble.failed("EMFILE");
  clock.advance(5_000);
  deepStrictEqual(lines.map(({ level }) => level), ["ERROR"]);
});

for (const code of ["ENOTCONN", "ECONNRESET", "ECONNABORTED", "EINTR", "EPROTO"]) {
  Deno.test(`the accept loop neither waits for nor logs ${code}`, async () => {
    const { log, lines } = await recordedLog();
    using turns = await Turns.open(SYSTEM_CLOCK);
    const accepting = begin({
      log,
      turn: turns.joinAccepting(),
      fails: (attempt) => attempt <= 5_000 ? systemError(code) : undefined,
    });
    // Were it to go on without a turn for others, no timer would ever fire.
    const timer = Promise.withResolvers<void>();
    setTimeout(timer.resolve, 0);
    await timer.promise;
    const soFar = accepting.counters.value("connections-gone");
    ok(soFar < 5_000, `${soFar}`);
    await accepting.connect();
    await accepting.end();
    deepStrictEqual(accepting.pauses, []);
    deepStrictEqual(accepting.counters.snapshot(), { "connections-gone": 5_000 });
    deepStrictEqual(lines, []);
  });
}

Deno.test("the accept loop survives 999 unknown errors, not the thousandth", async () => {
  const { log, lines } = await recordedLog();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const counters = new Counters<AcceptCounter>();
  let attempts = 0;
  const broken = troubled(listener, () => (attempts += 1, systemError("EBADF")));
  await rejects(
    acceptConnections(broken, {
      log,
      counters,
      ...{ clock: new TestClock({ skips: () => true }), turn: FREE },
      stopping: new AbortController().signal,
      onConnection: (conn) => conn.close(),
    }),
    (error) =>
      error instanceof ListenerError &&
      /127\.0\.0\.1:\d+: EBADF \(.*EBADF\) came 1000 times/.test(error.message),
  );
  listener.close();
  strictEqual(attempts, 1_000);
  strictEqual(counters.value("accepts-failed"), 1_000);
  deepStrictEqual(lines.map(({ level }) => level), ["ERROR"]);
});

Deno.test("the accept loop counts an unknown error from the last connection on", async () => {
  // Among these are more than a thousand, but not in a row.
  const accepting = begin({
    fails: (attempt) => attempt % 600 === 0 ? undefined : systemError("EBADF"),
  });
  for (let count = 0; count < 2; count++) await accepting.connect();
  await accepting.end();
  ok(accepting.counters.value("accepts-failed") >= 1_198);
});

Deno.test("the accept loop ends amid a pause when stopped, without a timer", async () => {
  const accepting = begin({ clock: new TestClock(), fails: () => systemError("EMFILE") });
  // Its first attempt has failed after a few turns, and the pause takes longer.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  let ended = false;
  const ending = accepting.loop.then(() => ended = true);
  accepting.stop.abort();
  // No timer can have run by then.
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  strictEqual(ended, true);
  await ending;
  await accepting.end();
  ok(accepting.counters.value("accepts-failed") >= 1);
});

Deno.test("the accept loop does not begin when it is stopped already", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await acceptConnections(listener, {
    log: SILENT,
    counters: new Counters(),
    ...{ clock: new TestClock(), turn: FREE, stopping: AbortSignal.abort() },
    onConnection: (conn) => conn.close(),
  });
  listener.close();
});

Deno.test("the accept loop closes a connection that came with the stop", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const accept = async () => {
    const conn = await listener.accept();
    stop.abort();
    return conn;
  };
  let handedOn = 0;
  const { addr } = listener;
  using conn = await Deno.connect({ hostname: addr.hostname, port: addr.port });
  await acceptConnections(Object.assign(Object.create(listener), { accept }), {
    log: SILENT,
    counters: new Counters(),
    ...{ clock: new TestClock(), turn: FREE, stopping: stop.signal },
    onConnection(conn) {
      handedOn++;
      conn.close();
    },
  });
  strictEqual(handedOn, 0);
  strictEqual(await conn.read(new Uint8Array(1)), null);
});

Deno.test("the accept loop waits for a turn after each 32 connections", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const stop = new AbortController();
  const asked = Promise.withResolvers<void>();
  const granted = Promise.withResolvers<boolean>();
  let handedOn = 0;
  const loop = acceptConnections(listener, {
    log: SILENT,
    counters: new Counters(),
    clock: new TestClock(),
    turn: {
      wait() {
        asked.resolve();
        return granted.promise;
      },
    },
    stopping: stop.signal,
    onConnection(conn) {
      handedOn++;
      conn.close();
    },
  });
  const conns = await Promise.all(
    Array.from({ length: 40 }, () => Deno.connect({ hostname, port })),
  );
  await asked.promise;
  strictEqual(handedOn, 32);
  granted.resolve(true);
  for (const conn of conns) {
    strictEqual(await conn.read(new Uint8Array(1)), null);
    conn.close();
  }
  strictEqual(handedOn, 40);
  stop.abort();
  listener.close();
  await loop;
});
