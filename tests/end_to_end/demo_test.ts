import { assertDemo } from "./fixtures/shown_demo.ts";

// With files of their usual size in tests/long/programs/.
Deno.test("The demo tells its story, and leaves nothing behind", () => assertDemo("--quick"));
