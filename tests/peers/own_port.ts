/**
 * Ports of 127.0.0.1 for servers that end while a test still uses their port: since nothing is to
 * listen there from then on, or since another server is to listen there.
 */

/**
 * Ports that the system gives to no program by itself. One that it has given is given again once it
 * is free: to a listener of another test, or to the client whose connection is to be refused, which
 * is then connected to itself.
 */
const PORTS = { first: 11_000, count: 9_000 } as const;

/** Milliseconds between two looks at a port. */
const PAUSE = 1;

/** Listens on a port of its own. */
export function listenOnOwnPort(): Deno.TcpListener {
  for (;;) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** A port of its own, on which nothing listens. */
export async function ownPort(): Promise<number> {
  const listener = listenOnOwnPort();
  const { port } = listener.addr;
  listener.close();
  await untilVacant(port);
  return port;
}

/**
 * Starts something on a port, and starts it again on another one when it fails and another program
 * has the port by then.
 */
export async function onOwnPort<Started>(
  start: (port: number) => Promise<Started>,
): Promise<Started> {
  for (;;) {
    const port = await ownPort();
    try {
      return await start(port);
    } catch (error) {
      if (isFree(port)) throw error;
    }
  }
}

/**
 * Resolves when nothing listens any more on a port of its own whose listener was closed. A process
 * that this one was just starting has the listener too, from its fork to its exec: until then
 * connections are not refused, and no other program can listen. Not for ports that the system has
 * given: another program may have them.
 */
export async function untilVacant(port: number): Promise<void> {
  if (port < PORTS.first || port >= PORTS.first + PORTS.count) return;
  for (;;) {
    try {
      using _connection = await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionRefused) return;
      // The listener went while the connection was being made.
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

function isFree(port: number): boolean {
  try {
    using _listener = Deno.listen({ hostname: "127.0.0.1", port });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}
