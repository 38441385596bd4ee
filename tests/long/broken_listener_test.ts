/**
 * A listener that does not work any more, and whose error does not pass: how a server ends by it.
 */

import { match, rejects, strictEqual } from "node:assert/strict";
import { openListeners } from "../../server/listening/accepting/addresses.ts";
import { ListenerError } from "../../server/listening/accepting/listener.ts";
import { runServer } from "../../server/run_server.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { TestClient } from "../peers/test_client.ts";
import { LIMITS, openServices, recordedLog } from "../peers/test_services.ts";

Deno.test("runServer() finishes transfers and throws when a listener is broken", async () => {
  await using services = await openServices();
  const { log, lines } = await recordedLog();
  const listeners = openListeners([{ host: "127.0.0.1", port: 0 }], "auto");
  const [{ listener } = { listener: undefined }] = listeners;
  if (listener === undefined) throw new Error("Unreachable: one was opened");
  const ended = runServer({
    ...services,
    ...{ listeners, log, limits: LIMITS, strict: false, grace: 3_600_000 },
    stopping: new AbortController().signal,
  });
  using line = await SocketLink.to(listener);
  const client = new TestClient(line, { name: "Alice" });
  await client.introduce();
  const plain = new TextEncoder().encode("Under way");
  strictEqual((await client.file(plain, { fileName: "a.txt" }))?.kind, "fileReceived");
  listener.close();
  const failure = rejects(ended, ListenerError);
  // The file waits for its verdict all the while, and has it when the server is stopping.
  while (!lines.some(({ message }) => message.startsWith("Stopping"))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const verdict = client.verdict("crcValid", "a.txt");
  strictEqual((await client.ask(verdict))?.kind, "acknowledged");
  await failure;
  match(lines.at(-1)?.message ?? "", /^Stopped/);
});
