import { deepStrictEqual } from "node:assert/strict";
import { SocketLink } from "../../tests/peers/socket_link.ts";
import { startServer } from "../../tests/peers/started_server.ts";
import { TestClient } from "../../tests/peers/test_client.ts";
import { openServices } from "../../tests/peers/test_services.ts";
import { protocol3 } from "./connection.ts";

Deno.test("a connection whose options cannot be set is served, and leaves its place", async () => {
  await using services = await openServices();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accept = listener.accept.bind(listener);
  // As on macOS, where the client has reset the connection meanwhile.
  listener.accept = async () => {
    const conn = await accept();
    conn.setNoDelay = () => {
      throw new TypeError("Invalid argument (os error 22)");
    };
    return conn;
  };
  const server = await startServer({
    storage: services,
    limits: { connectionsPerAddress: 1, loopback: true },
    others: [{ listener, protocol: protocol3({ ...services, revision: "auto", strict: false }) }],
  });
  for (const name of ["Alice", "Bob"]) {
    using line = await SocketLink.to(listener);
    // It would not be answered or closed otherwise.
    const late = setTimeout(() => line.close(), 20_000);
    await new TestClient(line, { name }).introduce();
    clearTimeout(late);
    await line.endSending();
    while (await line.read() !== undefined);
  }
  server.stop();
  await server.ended;
  deepStrictEqual(server.lines.filter(({ level }) => level === "WARN"), []);
});
