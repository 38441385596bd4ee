import { assertDemo } from "../../end_to_end/fixtures/shown_demo.ts";

Deno.test("The demo as a newcomer runs it tells its story", () => assertDemo());
