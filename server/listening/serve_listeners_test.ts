/** What ends `serveListeners()` beside its connections. */

import { rejects, strictEqual } from "node:assert/strict";
import { LIMITS, SILENT } from "../../tests/peers/test_services.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { Counters } from "../observe/counters.ts";
import { ListenerError } from "./accepting/listener.ts";
import { REFUSE_OTHERS } from "./choosing/decide_protocol.ts";
import { serveListeners } from "./serve_listeners.ts";

/** Serves a listener whose `accept()` is this one, if there is one. */
async function serve(
  { accept, stopping = new AbortController().signal }: {
    readonly accept?: () => Promise<never>;
    readonly stopping?: AbortSignal;
  },
): Promise<void> {
  const real = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listener = accept === undefined ? real : Object.assign(real, { accept });
  await serveListeners([{ listener, protocol: REFUSE_OTHERS }], {
    ...{ limits: LIMITS, log: SILENT, counters: new Counters(), stopping, grace: 60_000 },
    clock: new TestClock({ skips: (milliseconds) => milliseconds < 1_000 }),
  });
}

Deno.test("a server that is to stop before it serves stops", async () => {
  strictEqual(await serve({ stopping: AbortSignal.abort() }), undefined);
});

Deno.test("a listener that accepts nothing any more ends the server with its error", async () => {
  await rejects(serve({ accept: () => Promise.reject(new Error("Odd")) }), ListenerError);
});
