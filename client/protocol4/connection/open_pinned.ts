import { type Clock, pause } from "../../../shared/clock.ts";
import { toPem, trustAnchor } from "../../../shared/protocol4/keys/certificate.ts";
import { keyName } from "../../../shared/protocol4/keys/public_key.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";
import { messageOf } from "../../../shared/text/quoted.ts";
import { ClientError, type ClientReason, EXIT } from "../../client_error.ts";
import { OpenError, openTcp } from "../../network/connecting.ts";

/** A server that is known by its key. */
export interface PinnedServer extends Address {
  /** The public key that it has to prove. */
  readonly spki: Uint8Array;
}

export interface OpenOptions {
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/**
 * Opens a TLS connection to the server that has this key, whatever its certificate and its
 * issuer. Nothing of the caller's is sent before the server has proved the key.
 *
 * Throws a `ClientError`: `no-connection`, `server-key-mismatch`, `server-key-forged`,
 * `no-protocol-4` when the other side does not speak TLS.
 */
export async function openPinned(
  server: PinnedServer,
  { timeout, clock }: OpenOptions,
): Promise<Deno.TlsConn> {
  const conn = await openTcp(server, { timeout, clock }).catch((error: unknown) => {
    if (!(error instanceof OpenError)) throw error;
    throw failure("no-connection", error.message, error);
  });
  let tls: Deno.TlsConn;
  try {
    // The name is under .invalid, which no CA certifies: the runtime's own roots do not matter.
    tls = await Deno.startTls(conn, {
      hostname: await keyName(server.spki),
      caCerts: [toPem("CERTIFICATE", await trustAnchor(server.spki))],
      alpnProtocols: ["http/1.1"],
    });
  } catch (error) {
    // The socket belongs to TLS by now, unless the call itself has failed.
    quietly(() => conn.close());
    throw explained(error, server);
  }
  let late = false;
  const callOff = clock.after(timeout, () => {
    late = true;
    tls.close();
  });
  try {
    await tls.handshake();
    return tls;
  } catch (error) {
    if (!late) tls.close();
    throw late
      ? failure(
        "no-connection",
        `${formatAddress(server)} did not answer in TLS within ${timeout / 1000} s; check that ` +
          "it is a server of protocol 4",
        error,
      )
      : explained(error, server);
  } finally {
    callOff();
  }
}

/** Whether a handshake of `openPinned()` ended before the server had said anything wrong. */
export function wasCut({ cause }: ClientError): boolean {
  return cause instanceof Deno.errors.UnexpectedEof || cause instanceof Deno.errors.ConnectionReset;
}

/** How often what was cut is tried again, and the milliseconds before. */
const MORE_TRIES = 2;
const TRY_PAUSE = 250;

/** Does work again that fails since its connection was cut: that says nothing of the server. */
export async function retriedIfCut<T>(
  work: () => Promise<T>,
  { clock, isCut }: {
    readonly clock: Clock;
    readonly isCut: (error: ClientError) => boolean;
  },
): Promise<T> {
  for (let left = MORE_TRIES;; left--) {
    try {
      return await work();
    } catch (error) {
      if (left === 0 || !(error instanceof ClientError) || !isCut(error)) throw error;
      await pause(clock, TRY_PAUSE);
    }
  }
}

/** What the runtime says of a handshake, by the reasons of rustls. */
function explained(error: unknown, server: Address): ClientError {
  const text = messageOf(error);
  const address = formatAddress(server);
  if (/BadSignature|InvalidSignature/i.test(text)) {
    return failure(
      "server-key-forged",
      `${address} shows the certificate of the known key and does not have that key: it is not ` +
        "the server that you know, and nothing was sent",
      error,
    );
  }
  if (/UnknownIssuer|NotValidForName|invalid peer certificate|certificate/i.test(text)) {
    return failure(
      "server-key-mismatch",
      `${address} has another key than the known one: it is not the server that you know, or ` +
        "its key was changed; nothing was sent. Ask who runs it for its address",
      error,
    );
  }
  return failure(
    "no-protocol-4",
    `${address} does not speak protocol 4 (${text}); check host and port`,
    error,
  );
}

function failure(reason: ClientReason, message: string, cause: unknown): ClientError {
  return new ClientError(message, { reason, exitCode: EXIT.noConnection, cause });
}

function quietly(close: () => void): void {
  try {
    close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
