/**
 * Has a connection send what is written at once. On some systems that fails where the other side is
 * gone; the next read tells that, so nothing is thrown.
 */
export function sendAtOnce(conn: Pick<Deno.TcpConn, "setNoDelay">): void {
  try {
    conn.setNoDelay(true);
  } catch {
    // It is sent later, if there is anybody to read it.
  }
}
