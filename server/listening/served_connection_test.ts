/** A served connection by itself, with a protocol that does what each test says. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { SocketLink } from "../../tests/peers/socket_link.ts";
import { LIMITS, SILENT } from "../../tests/peers/test_services.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { Counters } from "../observe/counters.ts";
import type { ConnectionCounter } from "./report_end.ts";
import { Admission } from "./admission/admission.ts";
import type { ProtocolConnection } from "./protocol_connection.ts";
import { ServedConnection } from "./served_connection.ts";
import type { Turn } from "./turns/turns.ts";

/** A protocol in which nothing is ever under way. */
const QUIET: ProtocolConnection = {
  ...{ fresh: true, transferring: false, inContent: false, fileDue: false, over: false },
  ...{ readSize: undefined, silenceLimit: undefined },
  receive: () => Promise.resolve(true),
  silence: () => Promise.resolve(false),
  refuseSlowFile: () => Promise.resolve(),
  endOfInput: () => undefined,
  end: () => Promise.resolve(),
};

/** A turn at once. */
const FREE: Turn = {
  held: false,
  wait: () => Promise.resolve(true),
  leave() {},
  passOn() {},
  giveWay() {},
  fork: () => FREE,
};

/** Serves one connection; `started` makes its protocol, when it has begun. */
async function serve(protocol: Partial<ProtocolConnection>, turn: Turn = FREE) {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [line, conn] = await Promise.all([SocketLink.to(listener), listener.accept()]);
  const slot = new Admission({ limits: LIMITS, clock: SYSTEM_CLOCK }).admit({
    address: "127.0.0.1",
    evict() {},
  });
  if (typeof slot === "string") throw new Error(slot);
  const stopping = new AbortController();
  const counters = new Counters<ConnectionCounter>();
  const evicted = new AbortController();
  const { signal: never } = new AbortController();
  const served = new ServedConnection(conn, {
    ...{ limits: LIMITS, counters, slot, log: SILENT, evicted: evicted.signal, ending: never },
    ...{ address: "127.0.0.1", join: () => turn },
    clock: SYSTEM_CLOCK,
    protocol: () => ({ ...QUIET, ...protocol }),
    stopping: stopping.signal,
  }).serve();
  return { line, served, slot, stopping, evicted, counters };
}

Deno.test("ServedConnection hands on what comes, says that it is over, and closes", async () => {
  const received: number[] = [];
  const ends: boolean[] = [];
  const { line, served, counters } = await serve({
    receive(bytes) {
      received.push(...bytes);
      return Promise.resolve(true);
    },
    endOfInput: () => ({ reason: "cut-short", message: "It ended too early" }),
    end({ stopping }) {
      ends.push(stopping);
      return Promise.resolve();
    },
  });
  await line.send(Uint8Array.of(1, 2, 3));
  await line.endSending();
  await served;
  line.close();
  deepStrictEqual([received, ends], [[1, 2, 3], [false]]);
  // What the protocol finds is counted by the protocol.
  deepStrictEqual(counters.snapshot(), {});
});

Deno.test("ServedConnection reads no more of an address that was banned meanwhile", async () => {
  const [begun, given] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let received = 0;
  const { line, served, slot } = await serve({
    async receive() {
      received++;
      begun.resolve();
      await given.promise;
      return true;
    },
  });
  await line.send(Uint8Array.of(1));
  await begun.promise;
  Object.defineProperty(slot, "banned", { value: true });
  await line.send(Uint8Array.of(2));
  await line.endSending();
  given.resolve();
  await served;
  line.close();
  strictEqual(received, 1);
});

Deno.test("ServedConnection lets its protocol work in its turn only", async () => {
  const [first, second] = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()];
  const grants = [Promise.resolve(true), first.promise, second.promise];
  const asked = Promise.withResolvers<void>();
  const received: number[] = [];
  const { line, served } = await serve({
    receive(bytes) {
      received.push(...bytes);
      return Promise.resolve(true);
    },
  }, {
    ...FREE,
    wait() {
      if (grants.length === 2) asked.resolve();
      return grants.shift() ?? Promise.resolve(false);
    },
  });
  await line.send(Uint8Array.of(1));
  await asked.promise;
  deepStrictEqual(received, []);
  first.resolve(true);
  await line.send(Uint8Array.of(2));
  second.resolve(false);
  line.close();
  await served;
  deepStrictEqual(received, [1]);
});

Deno.test("ServedConnection reads no more once its protocol cannot", async () => {
  const { line, served } = await serve({ over: true });
  await line.send(Uint8Array.of(1));
  strictEqual(await line.read(), undefined);
  line.close();
  await served;
});

Deno.test("ServedConnection gives way to all others after its last reply", async () => {
  const steps: (string | number)[] = [];
  const { line, served } = await serve({ over: true }, {
    ...FREE,
    wait: () => {
      steps.push("wait");
      return Promise.resolve(true);
    },
    giveWay: (milliseconds) => void steps.push(milliseconds),
  });
  await line.send(Uint8Array.of(1));
  strictEqual(await line.read(), undefined);
  line.close();
  await served;
  // Two turns for what it asks, and those after its last reply.
  deepStrictEqual(steps.slice(0, 4), ["wait", "wait", 2 ** 30, "wait"]);
});

Deno.test("ServedConnection ends after a silence during which the server was to stop", async () => {
  const reached = Promise.withResolvers<void>();
  const acted = Promise.withResolvers<boolean>();
  const { line, served, stopping } = await serve({
    silenceLimit: 1,
    silence() {
      reached.resolve();
      return acted.promise;
    },
  });
  await reached.promise;
  stopping.abort();
  acted.resolve(false);
  strictEqual(await line.read(), undefined);
  await served;
  line.close();
});

Deno.test("ServedConnection counts an eviction also before its first turn", async () => {
  const granted = Promise.withResolvers<boolean>();
  const { line, served, evicted, counters } = await serve({}, {
    ...FREE,
    wait: () => granted.promise,
    leave: () => granted.resolve(false),
  });
  evicted.abort("stranger-evicted");
  await served;
  line.close();
  deepStrictEqual(counters.snapshot(), { "refused.stranger-evicted": 1 });
});
