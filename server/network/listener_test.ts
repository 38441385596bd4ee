import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { recordedLog, SILENT } from "../../tests/peers/test_services.ts";
import { Counters } from "../observe/counters.ts";
import { acceptConnections } from "./listener.ts";

/** A real listener on which these attempts to accept fail as if no file descriptor was left. */
function shortOfDescriptors(
  listener: Deno.TcpListener,
  fails: (attempt: number) => boolean,
): Deno.TcpListener {
  let attempt = 0;
  return new Proxy(listener, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (key !== "accept") return value.bind(target);
      return () =>
        fails(++attempt)
          ? Promise.reject(new Error("Too many open files (os error 24)"))
          : target.accept();
    },
  });
}

/** An accept loop on a listener of loopback, with what came of it. */
function begin(
  { log = SILENT, fails = () => false }: {
    readonly log?: typeof SILENT;
    readonly fails?: (attempt: number) => boolean;
  },
) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const stop = new AbortController();
  const counters = new Counters();
  const conns: Deno.TcpConn[] = [];
  let heard = () => {};
  const loop = acceptConnections(shortOfDescriptors(listener, fails), {
    log,
    counters,
    stopping: stop.signal,
    onConnection(conn) {
      conns.push(conn);
      heard();
    },
  });
  return {
    counters,
    conns,
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

Deno.test("the accept loop outlives failures to accept, says so once, and counts each", async () => {
  const { log, lines } = await recordedLog();
  const accepting = begin({ log, fails: (attempt) => attempt <= 4 });
  await accepting.connect();
  await accepting.connect();
  await accepting.end();
  strictEqual(accepting.counters.value("accepts-failed"), 4);
  deepStrictEqual(lines.map(({ level }) => level), ["ERROR", "INFO"]);
  const [trouble, again] = lines;
  ok(trouble?.message.includes("Too many open files"), trouble?.message);
  ok(again?.message.includes("again"), again?.message);
});

Deno.test("the accept loop speaks of a second trouble as of the first", async () => {
  const { log, lines } = await recordedLog();
  const accepting = begin({ log, fails: (attempt) => attempt % 3 !== 0 });
  await accepting.connect();
  await accepting.connect();
  await accepting.end();
  const levels = lines.map(({ level }) => level);
  deepStrictEqual(levels.slice(0, 4), ["ERROR", "INFO", "ERROR", "INFO"]);
});

Deno.test("the accept loop ends in the middle of a pause when it is stopped, and leaves no timer", async () => {
  const { log, lines } = await recordedLog();
  const accepting = begin({ log, fails: () => true });
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
  deepStrictEqual(lines.map(({ level }) => level), ["ERROR"]);
  ok(accepting.counters.value("accepts-failed") >= 1);
});

Deno.test("the accept loop does not begin when it is stopped already", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await acceptConnections(listener, {
    log: SILENT,
    counters: new Counters(),
    stopping: AbortSignal.abort(),
    onConnection: (conn) => conn.close(),
  });
  listener.close();
});
