import type { LocalFile, Reporter } from "../uplink.ts";
import type { Connector } from "./connector.ts";
import { ask } from "./connection/request_reply.ts";
import { ConnectionLost, connectionLost, NoAnswer, ServerFault } from "./connection/errors.ts";
import type { ServerLink } from "./connection/server_link.ts";
import type { Outages } from "./connection/outages.ts";

/** How a server is asked. */
export interface IsStoredOptions {
  readonly connector: Connector;
  /** The failures of the file. */
  readonly outages: Outages;
  /** The confirmation of the file, as it was sent. */
  readonly request: Uint8Array;
  readonly clientId: Uint8Array;
  /** Milliseconds to wait for an answer. */
  readonly limit: number;
  /** How often it is asked again after silence. */
  readonly retries: number;
  readonly reporter: Reporter;
  /** Called with the link in use, so that it can be closed, and with undefined at its end. */
  readonly onLink: (link: ServerLink | undefined) => void;
}

/**
 * Whether a server has a file whose confirmation it did not answer, as far as it says so. Protocol
 * 3 has no request that asks; but the confirmation may come again as the first one of a new
 * connection, where the server finds the upload, or remembers the file. An error, any other reply
 * and a close mean that it cannot tell. Silence is asked again: it may still be storing the file.
 *
 * Throws a `ClientError` (`connection-lost`) when no connection can be made any more.
 */
export async function isStored(file: LocalFile, options: IsStoredOptions): Promise<boolean> {
  const { connector, outages, retries, reporter } = options;
  for (let silences = 0;;) {
    let connected = false;
    try {
      const { link } = await connector.connect();
      connected = true;
      return await isAcknowledged(link, options);
    } catch (error) {
      if (!(error instanceof ServerFault || error instanceof ConnectionLost)) throw error;
      reporter.detail(`The confirmation came again: ${error.message}`);
      if (error instanceof ServerFault) return false;
      if (connected && !(error instanceof NoAnswer && ++silences <= retries)) return false;
      if (!await connector.pauseAfterLoss(outages, error)) {
        throw connectionLost(file, { cause: error, waited: outages.waited });
      }
    }
  }
}

async function isAcknowledged(
  link: ServerLink,
  { request, clientId, limit, reporter, onLink }: IsStoredOptions,
): Promise<boolean> {
  onLink(link);
  try {
    const { reply } = await ask(link, request, { clientId, limit });
    reporter.detail(`The confirmation came again: the server answered "${reply.kind}"`);
    return reply.kind === "acknowledged";
  } finally {
    await link.close();
    onLink(undefined);
  }
}
