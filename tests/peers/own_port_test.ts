import { ok, rejects, strictEqual } from "node:assert/strict";
import { listenOnOwnPort, onOwnPort, untilVacant } from "./own_port.ts";

Deno.test("untilVacant() waits for the last process that has the listener", async () => {
  const listener = listenOnOwnPort();
  const { port } = listener.addr;
  let isVacant = false;
  const waiting = untilVacant(port).then(() => void (isVacant = true));
  // As it is while a process is started: what looks is not refused.
  for (let look = 0; look < 3; look++) (await listener.accept()).close();
  ok(!isVacant);
  listener.close();
  await waiting;
  await rejects(Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
});

Deno.test("onOwnPort() tries another port when somebody else has taken its own", async () => {
  const ports: number[] = [];
  const others: Deno.Listener[] = [];
  const started = await onOwnPort((port) => {
    ports.push(port);
    if (ports.length === 2) return Promise.resolve("started");
    others.push(Deno.listen({ hostname: "127.0.0.1", port }));
    return Promise.reject(new Error("The port is in use"));
  });
  strictEqual(started, "started");
  strictEqual(new Set(ports).size, 2);
  for (const other of others) other.close();
});

Deno.test("onOwnPort() passes on what has nothing to do with the port", async () => {
  let tries = 0;
  const starting = onOwnPort(() => Promise.reject(new Error(`It is broken (${++tries})`)));
  await rejects(starting, /It is broken \(1\)/);
});
