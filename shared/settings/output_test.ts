import { strictEqual } from "node:assert/strict";
import { Output } from "./output.ts";

/** A stream that accepts a few bytes at a time, and fails once it has `room` of them. */
class TestStream {
  readonly bytes: number[] = [];
  attempts = 0;
  readonly #limits: { readonly atOnce: number; readonly room: number; readonly fault: Error };

  constructor({ atOnce = Infinity, room = Infinity, fault = new Error("No space left") } = {}) {
    this.#limits = { atOnce, room, fault };
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.bytes));
  }

  writeSync(bytes: Uint8Array): number {
    const { atOnce, room, fault } = this.#limits;
    this.attempts += 1;
    const size = Math.min(bytes.byteLength, atOnce, room - this.bytes.length);
    if (size === 0) throw fault;
    this.bytes.push(...bytes.subarray(0, size));
    return size;
  }
}

Deno.test("Output writes all of a text, however little the stream takes at a time", () => {
  for (const atOnce of [1, 2, 3, 100]) {
    const stream = new TestStream({ atOnce });
    const output = new Output(stream, "standard output");
    output.write("");
    output.write("é日🎉\n");
    output.write("end\n");
    strictEqual(stream.text, "é日🎉\nend\n");
    strictEqual(output.fault, undefined);
  }
});

Deno.test("Output is silent when nobody reads any more, and does not try again", () => {
  const fault = new Deno.errors.BrokenPipe("Broken pipe");
  const stream = new TestStream({ room: 2, fault });
  const output = new Output(stream, "standard output");
  output.write("abc");
  const { attempts } = stream;
  output.write("def");
  strictEqual(stream.text, "ab");
  strictEqual(stream.attempts, attempts);
  strictEqual(output.fault, undefined);
});

for (
  const [code, advice] of [
    ["ENOSPC", "make room for it"],
    ["EDQUOT", "make room for it"],
    ["EIO", "redirect it to where it can be written"],
    [undefined, "redirect it to where it can be written"],
  ] as const
) {
  Deno.test(`Output keeps the first fault, ${code ?? "without a code"}, with advice`, () => {
    const fault = Object.assign(new Error("It failed"), code && { code });
    const output = new Output(new TestStream({ room: 2, fault }), "standard output");
    output.write("abc");
    output.write("def");
    strictEqual(output.fault, `Cannot write to standard output: It failed; ${advice}`);
  });
}
