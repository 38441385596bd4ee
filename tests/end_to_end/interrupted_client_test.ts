/** Ctrl-C on the client amid its files, on a terminal. More of it is in tests/long/programs/. */

import assert from "node:assert/strict";
import { interrupted } from "../terminal/interrupted_client.ts";
import { NO_TERMINAL } from "../terminal/terminal.ts";

Deno.test({
  name: `Ctrl-C takes the client's bar away, and a line says what was sent${NO_TERMINAL}`,
  ignore: NO_TERMINAL !== "",
  async fn() {
    const names = ["first.txt", "second.bin", "third.bin"];
    const { code, screen } = await interrupted({ names }, /"first\.txt" sent to[^]*%/);
    assert.equal(code, 130);
    assert(
      screen.endsWith(
        "\r\x1b[2KInterrupted: 1 of 3 files sent and verified; " +
          'not: "second.bin", "third.bin"\r\n',
      ),
      JSON.stringify(screen),
    );
  },
});
