import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { type Progress, progressBar, progressLine, Screen, type ScreenOptions } from "./screen.ts";

const MIB = 1024 * 1024;

/** The sequence that removes a bar: to the first column, and clear the line. */
const ERASE = "\r\x1b[2K";

/** A screen as text, with a clock that stands still until it is set. */
class TestScreen {
  readonly screen: Screen;
  time = 5_000;
  #written: string[] = [];

  constructor(options: Partial<ScreenOptions> = {}) {
    this.screen = new Screen({
      write: (text) => this.#written.push(text),
      columns: undefined,
      quiet: false,
      now: () => this.time,
      ...options,
    });
  }

  /** What was written since the last time. */
  written(): string {
    return this.#written.splice(0).join("");
  }
}

const onTerminal = (options: Partial<ScreenOptions> = {}) =>
  new TestScreen({ columns: () => 80, ...options });
const inPipe = (options: Partial<ScreenOptions> = {}) => new TestScreen(options);

/** The progress of a file of 100 MiB. */
function progress(sent: number): Progress {
  return { name: "big.bin", sent: sent * MIB, total: 100 * MIB, elapsed: sent * 10 };
}

Deno.test("Screen writes lines as they are where nothing else is shown", () => {
  for (const test of [onTerminal(), inPipe()]) {
    test.screen.line("one");
    test.screen.line("two");
    strictEqual(test.written(), "one\ntwo\n");
  }
});

Deno.test("Screen writes nothing of a line that a terminal acts on", () => {
  const test = onTerminal();
  test.screen.line("open 'a\x1b[2J\x9b\u202e\nb'");
  strictEqual(test.written(), "open 'a\\u{1b}[2J\\u{9b}\\u{202e}\\u{a}b'\n");
});

Deno.test("Screen draws the end of a progress at once, and once, on a terminal alone", () => {
  const test = onTerminal();
  test.screen.begin();
  test.screen.progress(progress(96));
  test.written();
  test.screen.progress(progress(97));
  strictEqual(test.written(), "");
  test.screen.progress(progress(100));
  strictEqual(test.written(), ERASE + progressBar(progress(100), 80));
  test.screen.progress(progress(100));
  strictEqual(test.written(), "");
  const pipe = inPipe();
  pipe.screen.begin();
  pipe.screen.progress(progress(100));
  strictEqual(pipe.written(), "");
});

Deno.test("Screen takes 80 columns where the terminal knows none", () => {
  const test = onTerminal({ columns: () => 0 });
  test.screen.begin();
  test.screen.progress(progress(1));
  strictEqual(test.written(), progressBar(progress(1), 80));
});

Deno.test("Screen draws a bar at once on a terminal, over itself, without an end of line", () => {
  const test = onTerminal();
  test.screen.begin();
  test.screen.progress(progress(1));
  strictEqual(test.written(), progressBar(progress(1), 80));
  test.time += 100;
  test.screen.progress(progress(2));
  strictEqual(test.written(), ERASE + progressBar(progress(2), 80));
});

Deno.test("Screen draws the bar ten times a second at the most", () => {
  const test = onTerminal();
  test.screen.begin();
  const drawn: number[] = [];
  for (let sent = 0; sent < 100; sent++, test.time += 10) {
    test.screen.progress(progress(sent));
    if (test.written() !== "") drawn.push(sent);
  }
  deepStrictEqual(drawn, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
});

Deno.test("Screen asks for the columns each time, since a window may be resized", () => {
  let columns = 80;
  const test = onTerminal({ columns: () => columns });
  test.screen.begin();
  test.screen.progress(progress(1));
  test.written();
  columns = 30;
  test.time += 100;
  test.screen.progress(progress(2));
  strictEqual(test.written(), ERASE + progressBar(progress(2), 30));
});

Deno.test("Screen puts a line above the bar that is shown", () => {
  const test = onTerminal();
  test.screen.begin();
  test.screen.progress(progress(1));
  const bar = test.written();
  test.screen.line("server responded with an error");
  strictEqual(test.written(), `${ERASE}server responded with an error\n${bar}`);
});

Deno.test("Screen takes the bar away once, and lines stand alone after that", () => {
  const test = onTerminal();
  test.screen.begin();
  test.screen.progress(progress(1));
  test.written();
  test.screen.clear();
  strictEqual(test.written(), ERASE);
  test.screen.clear();
  test.screen.line("done");
  strictEqual(test.written(), "done\n");
});

Deno.test("Screen draws the bar of the next file at once", () => {
  const test = onTerminal();
  test.screen.begin();
  test.screen.progress(progress(99));
  test.screen.clear();
  test.screen.begin();
  test.written();
  test.screen.progress({ ...progress(0), name: "next.bin" });
  strictEqual(test.written(), progressBar({ ...progress(0), name: "next.bin" }, 80));
});

Deno.test("Screen writes a line every three seconds in a pipe, and no control characters", () => {
  const test = inPipe();
  test.screen.begin();
  const lines = [];
  for (let sent = 0; sent < 100; sent++, test.time += 100) {
    test.screen.progress(progress(sent));
    lines.push(test.written());
  }
  deepStrictEqual(
    lines.filter((line) => line !== ""),
    [1, 31, 61, 91].map((sent) => `${progressLine(progress(sent))}\n`),
  );
});

Deno.test("Screen says nothing in a pipe of a file that is done in a moment", () => {
  const test = inPipe();
  for (let file = 0; file < 5; file++, test.time += 50) {
    test.screen.begin();
    for (const sent of [0, 50, 100]) test.screen.progress(progress(sent));
    test.screen.clear();
  }
  strictEqual(test.written(), "");
});

Deno.test("Screen shows no progress when it is to be quiet, but lines", () => {
  for (const test of [onTerminal({ quiet: true }), inPipe({ quiet: true })]) {
    test.screen.begin();
    for (let sent = 0; sent <= 100; sent += 10, test.time += 10_000) {
      test.screen.progress(progress(sent));
    }
    test.screen.clear();
    strictEqual(test.written(), "");
    test.screen.line("Fatal: no more");
    strictEqual(test.written(), "Fatal: no more\n");
  }
});

Deno.test("A status stands in place of the bar, and in a pipe is a line that is asked for", () => {
  const terminal = onTerminal();
  terminal.screen.progress(progress(10));
  terminal.written();
  terminal.screen.status(`Waiting for a server\u0007${"x".repeat(100)}`, "on-terminal");
  const drawn = terminal.written();
  ok(drawn.startsWith(`${ERASE}Waiting for a server`) && !drawn.includes("\u0007"), drawn);
  strictEqual(drawn.slice(ERASE.length).length, 79);
  terminal.screen.clear();
  strictEqual(terminal.written(), ERASE);
  const pipe = inPipe();
  pipe.screen.status("Waiting", "on-terminal");
  strictEqual(pipe.written(), "");
  pipe.screen.status("Waiting", "now");
  strictEqual(pipe.written(), "Waiting\n");
  const quiet = inPipe({ quiet: true });
  quiet.screen.status("Waiting", "now");
  strictEqual(quiet.written(), "");
});
