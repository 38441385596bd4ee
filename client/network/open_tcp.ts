import type { Clock } from "../../shared/clock.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";
import { messageOf } from "../../shared/text/message_of.ts";
import { quoted } from "../../shared/text/quoted.ts";

/** No connection could be made. The message says why, and what to do. */
export class OpenError extends Error {
  override readonly name = "OpenError";
}

/**
 * Connects within `timeout` milliseconds. Small messages are sent at once: they do not wait for the
 * acknowledgement of those before. Throws an `OpenError`.
 */
export async function openTcp(
  server: Address,
  { timeout, clock }: { readonly timeout: number; readonly clock: Clock },
): Promise<Deno.TcpConn> {
  const connecting = Deno.connect({ hostname: server.host, port: server.port });
  let callOff = () => {};
  const late = new Promise<"late">((resolve) => {
    callOff = clock.after(timeout, () => resolve("late"));
  });
  try {
    const conn = await Promise.race([connecting, late]);
    if (conn !== "late") {
      conn.setNoDelay();
      return conn;
    }
  } catch (error) {
    throw new OpenError(explain(error, server), { cause: error });
  } finally {
    callOff();
  }
  // Deno cannot cancel a connection attempt; one that succeeds later is closed.
  connecting.then((conn) => conn.close(), () => {});
  throw new OpenError(
    `No answer from ${formatAddress(server)} within ${timeout / 1000} s; ` +
      "check the address, and that no firewall is in between",
  );
}

function explain(error: unknown, server: Address): string {
  const address = formatAddress(server);
  if (error instanceof Deno.errors.ConnectionRefused) {
    return `No server listens on ${address}; check the address, and that the server runs`;
  }
  const detail = messageOf(error);
  if (/lookup|resolve|name or service/i.test(detail)) {
    return `The name ${quoted(server.host)} cannot be resolved; check the address`;
  }
  return `Cannot connect to ${address}: ${detail}; check the address and the network`;
}
