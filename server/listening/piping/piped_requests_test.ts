import { strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { LAST_REQUEST, PipedRequests, STANDSTILL } from "./piped_requests.ts";

Deno.test("a client that ended its input has a minute to take some of an answer", async () => {
  const clock = new TestClock();
  const requests = new PipedRequests();
  let sending = false;
  const options = { clock, over: () => false, sending: () => sending, stopping: () => false };
  const request = requests.begin({ body: false });
  let result: boolean | undefined;
  const last = requests.last(options).then((all) => result = all);
  // The server has as long as it takes.
  clock.advance(10 * STANDSTILL);
  await Promise.resolve();
  request.answered = true;
  requests.rouse();
  await clock.waitedFor(STANDSTILL);
  clock.advance(STANDSTILL - 1);
  // What is being sent has a limit of its own, and begins the time again.
  sending = true;
  requests.rouse();
  await Promise.resolve();
  clock.advance(10 * STANDSTILL);
  sending = false;
  requests.rouse();
  await clock.waitedFor(STANDSTILL);
  strictEqual(result, undefined);
  clock.advance(STANDSTILL);
  await last;
  strictEqual(result, false);
});

Deno.test("a client that ended its input has a second when the server is to stop", async () => {
  const clock = new TestClock();
  const requests = new PipedRequests();
  let isStopping = false;
  const request = requests.begin({ body: false });
  const last = requests.last({
    ...{ clock, over: () => false, sending: () => false, stopping: () => isStopping },
  });
  isStopping = true;
  requests.rouse();
  // What the server works on is waited for.
  await Promise.resolve();
  clock.advance(10 * STANDSTILL);
  request.answered = true;
  requests.rouse();
  await clock.waitedFor(LAST_REQUEST);
  clock.advance(LAST_REQUEST);
  strictEqual(await last, false);
});

Deno.test("a client that ended its input is done with when all was answered", async () => {
  const clock = new TestClock();
  const requests = new PipedRequests();
  const options = { clock, over: () => false, sending: () => false, stopping: () => false };
  const request = requests.begin({ body: false });
  request.answered = true;
  const last = requests.last(options);
  await clock.waitedFor(STANDSTILL);
  requests.end(request);
  await clock.waitedFor(1_000);
  clock.advance(1_000);
  strictEqual(await last, true);
});

Deno.test("what is sent is no answer when as much came meanwhile, and no request began", () => {
  const requests = new PipedRequests();
  const expect = (bytes: number, isAnswer: boolean) =>
    strictEqual(requests.isAnswer(bytes), isAnswer);
  requests.came(100);
  const request = requests.begin({ body: true });
  expect(50, true);
  // A body is no question.
  requests.came(1_000_000);
  request.answered = true;
  expect(50, true);
  requests.end(request);
  // The rest of an answer, and what its client says to have more of it.
  expect(16_384, true);
  requests.came(70);
  expect(16_384, true);
  // PINGs, or one of them with the records of TLS.
  requests.came(17);
  expect(17, false);
  requests.came(17);
  expect(17, false);
  requests.came(17);
  expect(39, false);
});

Deno.test("PINGs are never taken for requests, however their answers come", () => {
  for (const [pings, perAnswer] of [[1, 1], [64, 1], [3_000, 1_000], [60_000, 6_000]] as const) {
    const requests = new PipedRequests();
    for (let round = 0; round < 100; round++) {
      requests.came(17 * pings);
      for (let rest = pings; rest > 0; rest -= perAnswer) {
        const bytes = 39 * Math.min(rest, perAnswer);
        strictEqual(requests.isAnswer(bytes), false, `${pings}, ${perAnswer}, round ${round}`);
      }
    }
  }
});

Deno.test("who waits for the server's work on a batch waits for an answer", () => {
  const requests = new PipedRequests();
  const batch = requests.begin({ body: true });
  batch.answered = true;
  strictEqual(requests.answerDue, false);
  batch.works++;
  strictEqual(requests.answerDue, true);
});

Deno.test("the rest of a refused body does not hide a slow download behind it", () => {
  const requests = new PipedRequests();
  requests.came(48 * 1024);
  const pieces = Array.from({ length: 4 }, () => requests.isAnswer(64 * 1024));
  strictEqual(pieces.includes(true), true);
});
