import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { LogWriter } from "./log_writer.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";

/** A stream whose writes resolve when the test lets them. */
class TestStream {
  text = "";
  attempts = 0;
  /** Bytes per write. */
  atOnce = Infinity;
  fault: Error | undefined;
  #open = Promise.resolve();
  #release = () => {};

  /** Accepts nothing from now on. */
  block(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#open = promise;
    this.#release = resolve;
  }

  release(): void {
    this.#release();
  }

  async write(bytes: Uint8Array): Promise<number> {
    this.attempts += 1;
    await this.#open;
    if (this.fault !== undefined) throw this.fault;
    const part = bytes.subarray(0, this.atOnce);
    this.text += new TextDecoder().decode(part);
    return part.byteLength;
  }
}

/** A writer with a queue of ten characters that reports the number of dropped lines. */
function begin({ mostWaiting = 10 } = {}) {
  const clock = new TestClock();
  const stream = new TestStream();
  const counted = { dropped: 0 };
  const writer: LogWriter = new LogWriter(stream, {
    mostWaiting,
    clock,
    onDropped: () => void (counted.dropped += 1),
    onResumed: (dropped) => writer.write(`-${dropped}\n`),
  });
  return { stream, writer, counted, clock };
}

Deno.test("LogWriter writes all lines in order, in pieces of any size", async () => {
  for (const atOnce of [1, 3, Infinity]) {
    const { stream, writer, counted } = begin({ mostWaiting: 1_000 });
    stream.atOnce = atOnce;
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}\n`);
    for (const line of lines) writer.write(line);
    await writer.flush(10_000);
    strictEqual(stream.text, lines.join(""));
    strictEqual(counted.dropped, 0);
  }
});

Deno.test("LogWriter drops and counts lines beyond its limit, and reports them", async () => {
  const { stream, writer, counted } = begin();
  stream.block();
  writer.write("one\n");
  // That one is being written, and waits no more.
  await Promise.resolve();
  for (const line of ["two\n", "three\n", "four\n", "5\n", "six\n"]) writer.write(line);
  strictEqual(counted.dropped, 3);
  stream.release();
  await writer.flush(10_000);
  strictEqual(stream.text, "one\ntwo\nthree\n-3\n");
  writer.write("seven\n");
  await writer.flush(10_000);
  strictEqual(stream.text, "one\ntwo\nthree\n-3\nseven\n");
});

Deno.test("LogWriter retries a failed write, and loses no line within its limit", async () => {
  const { stream, writer, counted, clock } = begin({ mostWaiting: 1_000 });
  stream.atOnce = 2;
  writer.write("one\n");
  await writer.flush(10_000);
  stream.fault = new Error("No space left on device (os error 28)");
  writer.write("two\n");
  writer.write("three\n");
  for (let pauses = 0; pauses < 3; pauses++) {
    await clock.waitedFor(1_000);
    clock.advance(1_000);
  }
  await clock.waitedFor(1_000);
  strictEqual(stream.text, "one\n");
  stream.fault = undefined;
  const flushed = writer.flush(10_000);
  clock.advance(1_000);
  await flushed;
  strictEqual(stream.text, "one\ntwo\nthree\n");
  strictEqual(counted.dropped, 0);
});

Deno.test("LogWriter waits before it tries again, shortly for a full pipe", async () => {
  const { stream, writer, clock } = begin();
  stream.fault = new Deno.errors.WouldBlock("Resource temporarily unavailable");
  writer.write("one\n");
  await clock.waitedFor(20);
  clock.advance(19);
  await Promise.resolve();
  strictEqual(stream.attempts, 1);
  clock.advance(1);
  await clock.waitedFor(20);
  strictEqual(stream.attempts, 2);
  stream.fault = undefined;
  const flushed = writer.flush(10_000);
  clock.advance(20);
  await flushed;
  strictEqual(stream.text, "one\n");
});

Deno.test("LogWriter.flush() waits for a blocked stream up to its limit only", async () => {
  const { stream, writer, clock } = begin();
  await writer.flush(10_000);
  stream.block();
  writer.write("one\n");
  const flushed = writer.flush(20);
  clock.advance(20);
  await flushed;
  deepStrictEqual(stream.text, "");
  stream.release();
  await writer.flush(10_000);
});

Deno.test("LogWriter drops lines after a dropped one until the gap is reported", async () => {
  const { stream, writer } = begin();
  stream.block();
  writer.write("taken\n");
  for (const line of ["12345\n", "long one\n", "a\n"]) writer.write(line);
  stream.release();
  await writer.flush(10_000);
  writer.write("z\n");
  await writer.flush(10_000);
  strictEqual(stream.text, "taken\n12345\n-2\nz\n");
});

Deno.test("LogWriter drops a line above its limit, and writes those after it", async () => {
  const { stream, writer, counted } = begin();
  writer.write("longer than ten characters\n");
  await writer.flush(10_000);
  strictEqual(stream.text, "-1\n");
  writer.write("next\n");
  await writer.flush(10_000);
  strictEqual(stream.text, "-1\nnext\n");
  strictEqual(counted.dropped, 1);
});

Deno.test("LogWriter writes what comes within ten milliseconds in one call", async () => {
  const { stream, writer, clock } = begin({ mostWaiting: 1_000 });
  writer.write("one\n");
  await clock.waitedFor(10);
  for (let line = 0; line < 20; line++) {
    writer.write(`${line}\n`);
    await Promise.resolve();
  }
  deepStrictEqual([stream.attempts, stream.text], [1, "one\n"]);
  clock.advance(10);
  await writer.flush(10_000);
  strictEqual(stream.attempts, 2);
});
