import { type Address, formatAddress } from "../../shared/files/address.ts";
import { SERVER_DEVIATIONS } from "../../shared/protocol/server_deviation.ts";
import type { ProbeResult } from "./probe.ts";

/** What a probe found, as an object for JSON. Its names are part of the program's interface. */
export interface JsonProbe extends ProbeResult {
  readonly server: string;
  /** The command line that sends a file to that server. */
  readonly command: string;
}

/** The result as an object for JSON. */
export function jsonProbe(result: ProbeResult, server: Address): JsonProbe {
  return { server: formatAddress(server), ...result, command: commandLine(result, server) };
}

/** The result in lines for people. */
export function probeText(result: ProbeResult, server: Address): string {
  const { revision, certain, deviations } = result;
  const speaks = certain
    ? `speaks revision ${revision}`
    : `answers with errors only, as one of revision ${revision} or a related one would`;
  return [
    `${formatAddress(server)} ${speaks}`,
    deviations.length === 0
      ? "It showed no deviation from the protocol, as far as can be seen without registering"
      : "It deviates from the protocol; nothing has to be done about that:",
    ...deviations.map((deviation) => `  ${deviation}: ${SERVER_DEVIATIONS[deviation]}`),
    `To send a file: ${commandLine(result, server)}`,
    "",
  ].join("\n");
}

function commandLine({ revision }: ProbeResult, server: Address): string {
  return `deno task client FILE --server ${
    formatAddress(server)
  } --name NAME --revision ${revision}`;
}
