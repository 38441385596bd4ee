/** One connection with a pipe, whose turns a test gives. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { LIMITS, SILENT } from "../../../tests/peers/test_services.ts";
import { answerOf, connectTo, readAll, writeAll } from "../../../tests/web/http_exchange.ts";
import { Counters } from "../../observe/counters.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { Admission, type AdmissionReason } from "../admission/admission.ts";
import type { ConnectionCounter } from "../report_end.ts";
import { ServedConnection } from "../served_connection.ts";
import type { Turn } from "../turns/turns.ts";
import { InnerServer, type InnerServerCounter } from "./inner_server.ts";
import { AnswerBuffer } from "./answer_buffer.ts";
import type { Handler } from "./handler.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/** A turn that is given when a test says so. */
class GivenTurn implements Turn {
  readonly held = false;
  readonly asked = Promise.withResolvers<void>();
  readonly #given = Promise.withResolvers<boolean>();
  #isGiven = false;
  readonly #all: GivenTurn[];
  /** How often it was asked for. */
  count = 0;
  /** The bytes that were passed on. */
  passed = 0;
  /** What it gave way with. */
  readonly gaveWay: number[] = [];

  /** Adds itself to all of them. */
  constructor(all: GivenTurn[]) {
    this.#all = all;
    all.push(this);
  }

  readonly wait = (): Promise<boolean> | boolean => {
    this.count++;
    this.asked.resolve();
    return this.#isGiven || this.#given.promise;
  };

  readonly passOn = (bytes: number): void => {
    this.passed += bytes;
  };

  readonly giveWay = (milliseconds: number): void => {
    this.gaveWay.push(milliseconds);
  };

  readonly fork = (): GivenTurn => new GivenTurn(this.#all);

  readonly leave = (): void => this.#given.resolve(false);

  give(): void {
    this.#isGiven = true;
    this.#given.resolve(true);
  }
}

/**
 * Serves one connection; its turns are, in this order: of what is read, of answers, of requests.
 */
async function serve(handler: Handler) {
  const counters = new Counters<ConnectionCounter | InnerServerCounter>();
  const services = { log: SILENT, counters, clock: SYSTEM_CLOCK };
  const inner = InnerServer.open({ handler, ...services });
  // Another one has to make room.
  const limits = { ...LIMITS, connections: 1 };
  const admission = new Admission({ limits, clock: SYSTEM_CLOCK, minimumStay: 0 });
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const [conn, far] = await Promise.all([
    connectTo(`127.0.0.1:${listener.addr.port}`),
    listener.accept(),
  ]);
  const evicted = new AbortController();
  const evict = (reason: AdmissionReason) => evicted.abort(reason);
  const slot = admission.admit({ address: "192.0.2.7", evict });
  if (typeof slot === "string") throw new Error(slot);
  const turns: GivenTurn[] = [];
  const { signal: never } = new AbortController();
  const served = new ServedConnection(far, {
    ...{ ...services, limits: LIMITS, slot, address: "192.0.2.7", protocol: inner.protocol },
    ...{ stopping: never, ending: never, evicted: evicted.signal },
    join: () => new GivenTurn(turns),
  }).serve();
  return {
    ...{ conn, served, turns, evicted, counters, admission },
    async [Symbol.asyncDispose]() {
      conn.close();
      await served;
      await inner[Symbol.asyncDispose]();
    },
  };
}

Deno.test("Pipe passes on what is asked and answered in turns only, one for each", async () => {
  const calls: string[] = [];
  await using pipe = await serve((_, { address }) => {
    calls.push(address);
    return new Response("answer");
  });
  const { conn, turns } = pipe;
  await writeAll(conn, GET);
  const reading = turns[0];
  ok(reading);
  await reading.asked.promise;
  // Nothing is passed on before.
  strictEqual(turns.length, 1);
  reading.give();
  while (turns.length < 3) await Deno.stat(".");
  const [, answers, request] = turns;
  ok(answers && request);
  await request.asked.promise;
  deepStrictEqual(calls, []);
  request.give();
  await answers.asked.promise;
  deepStrictEqual(calls, ["192.0.2.7"]);
  answers.give();
  strictEqual(answerOf(await readAll(conn)).text, "answer");
  // What the server inside works on is charged to the connection.
  ok(reading.passed > GET.length);
  ok(answers.passed > "answer".length);
  strictEqual(request.passed, 0);
  // There was no request before.
  deepStrictEqual(reading.gaveWay, [32, 0]);
});

Deno.test("Pipe ends when its connection is evicted, whatever it waits for", async () => {
  const begun = Promise.withResolvers<AbortSignal>();
  await using pipe = await serve((request) => {
    begun.resolve(request.signal);
    return new Promise<Response>(() => {});
  });
  const { conn, turns, evicted, served, counters } = pipe;
  for (const turn of turns) turn.give();
  await writeAll(conn, GET);
  while (turns.length < 3) await Deno.stat(".");
  for (const turn of turns) turn.give();
  const signal = await begun.promise;
  evicted.abort("stranger-evicted");
  await served;
  strictEqual((await readAll(conn)).byteLength, 0);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  strictEqual(counters.value("refused.stranger-evicted"), 1);
});

Deno.test("Pipe is not evicted while its handler says that it works", async () => {
  const kept = Promise.withResolvers<Disposable>();
  const answer = Promise.withResolvers<Response>();
  await using pipe = await serve((_, { pin }) => {
    kept.resolve(pin());
    return answer.promise;
  });
  const { conn, turns, admission } = pipe;
  for (const turn of turns) turn.give();
  await writeAll(conn, GET);
  while (turns.length < 3) await Deno.stat(".");
  for (const turn of turns) turn.give();
  const hold = await kept.promise;
  const another = { address: "192.0.2.8", evict() {} };
  strictEqual(admission.admit(another), "too-many-connections");
  hold[Symbol.dispose]();
  strictEqual(typeof admission.admit(another), "object");
  await pipe.served;
  strictEqual(pipe.counters.value("refused.stranger-evicted"), 1);
  answer.resolve(new Response("too late"));
});

Deno.test("the buffer for answers stays small until one fills it, and then as it is", () => {
  using buffer = new AnswerBuffer();
  const small = buffer.bytes;
  buffer.filled(small.byteLength - 1, 256 * 1024);
  ok(buffer.bytes === small);
  buffer.filled(small.byteLength, small.byteLength);
  ok(buffer.bytes === small);
  buffer.filled(small.byteLength, 256 * 1024);
  strictEqual(buffer.bytes.byteLength, 256 * 1024);
  strictEqual(small.byteLength, 0);
});
