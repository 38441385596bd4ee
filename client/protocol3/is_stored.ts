import type { LocalFile, Reporter } from "../uplink.ts";
import type { Connector } from "./connector.ts";
import { ask } from "./connection/request_reply.ts";
import { ConnectionLost, connectionLost, NoAnswer, ServerFault } from "./connection/errors.ts";
import type { ServerLink } from "./connection/server_link.ts";
import type { Outages } from "../network/connecting.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

export interface IsStoredOptions {
  readonly connector: Connector;
  /** The failures of the file. */
  readonly outages: Outages;
  /** The confirmation that was sent for the file. */
  readonly request: Uint8Array;
  readonly clientId: ClientId;
  /** Milliseconds to wait for an answer. */
  readonly limit: number;
  /** How often the question is repeated after silence. */
  readonly retries: number;
  readonly reporter: Reporter;
  /** Called with the link in use, so that it can be closed, and with undefined when it ends. */
  readonly onLink: (link: ServerLink | undefined) => void;
}

/**
 * Whether a server has stored a file whose confirmation it did not answer. Protocol 3 has no
 * request for that, but the confirmation may be sent again first on a new connection, where the
 * server finds the upload or a record of the file. An error, any other reply and a close mean that
 * it cannot tell. After silence it is asked again: it may still be storing the file.
 *
 * Throws a `ClientError` (`connection-lost`) when retries are exhausted.
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
