import { BUILD } from "../build.ts";
import { ClientError, EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import type { ProbeSettings } from "../settings/commands.ts";
import type { Probed4, ProbeOptions, Prober, ProbeResult } from "./prober.ts";
import { formatSize } from "../../shared/settings/quantity.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";

/**
 * The command `probe`: finds out which protocols a server speaks, and prints what it shows of each.
 * Throws a `ClientError` when it speaks none.
 */
export async function runProbe(
  settings: ProbeSettings,
  { io, stdout, screen }: CommandContext,
  { prober: { probe, deviations }, four }: {
    readonly prober: Prober;
    /** The probe for protocol 4. */
    readonly four: (options: ProbeOptions) => Promise<Probed4 | undefined>;
  },
): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const detail = (line: string) => verbose && screen.line(line);
  const options = { ...settings, clock: io.clock, detail };
  let refused: unknown;
  const three = await probe(options).catch((error: unknown) => {
    if (!(error instanceof ClientError) || error.reason !== "no-revision") throw error;
    refused = error;
    return undefined;
  });
  const protocol4 = await four(options);
  if (three === undefined && protocol4 === undefined) throw refused;
  const found = { three, protocol4 };
  const shown = { server: settings.server, program: BUILD.call, deviations };
  if (json) stdout.write(`${JSON.stringify(jsonProbe(found, shown))}\n`);
  else if (!quiet) stdout.write(probeText(found, shown));
  return EXIT.sent;
}

/** What was found of each protocol. */
export interface Probed {
  readonly three: ProbeResult | undefined;
  readonly protocol4: Probed4 | undefined;
}

/** What a probe found, as an object for JSON. The names are part of the program's interface. */
export interface JsonProbe extends Partial<ProbeResult> {
  readonly server: string;
  readonly protocols: readonly ("3" | "4")[];
  /** The command line that sends a file to that server; none to one that may be another. */
  readonly command?: string;
  readonly protocol4?: Probed4;
}

export interface ProbeReportOptions {
  readonly server: Address;
  /** The command that starts the client. */
  readonly program: string;
  /** The description of each deviation, by its name. */
  readonly deviations: Readonly<Record<string, string>>;
}

/** The result as an object for JSON. */
export function jsonProbe(found: Probed, options: ProbeReportOptions): JsonProbe {
  const { three, protocol4 } = found;
  const command = commandLine(found, options);
  return {
    server: formatAddress(options.server),
    protocols: [...three ? ["3" as const] : [], ...protocol4 ? ["4" as const] : []],
    ...three,
    ...(command !== undefined && { command }),
    ...(protocol4 !== undefined && { protocol4 }),
  };
}

/** The result as text. */
export function probeText(found: Probed, options: ProbeReportOptions): string {
  const { three, protocol4 } = found;
  const command = commandLine(found, options);
  return [
    ...three === undefined ? [] : textOf3(three, options),
    ...protocol4 === undefined ? [] : textOf4(protocol4, options),
    ...command === undefined ? [] : [`To send a file: ${command}`],
    "",
  ].join("\n");
}

function textOf3(
  { revision, certain, deviations }: ProbeResult,
  { server, deviations: meanings }: ProbeReportOptions,
): readonly string[] {
  const speaks = certain
    ? `speaks revision ${revision}`
    : `answers with errors only, as one of revision ${revision} or a related one would`;
  return [
    `${formatAddress(server)} ${speaks}`,
    deviations.length === 0
      ? "It showed no deviation from the protocol, as far as can be seen without registering"
      : "It deviates from the protocol; nothing has to be done about that:",
    ...deviations.map((deviation) => `  ${deviation}: ${meanings[deviation]}`),
  ];
}

function textOf4(
  { fingerprint, key, knownFrom, tls, registration, limits }: Probed4,
  { server }: ProbeReportOptions,
): readonly string[] {
  const over = tls === undefined ? "TLS" : `TLS ${tls}`;
  const { fileSize } = limits;
  return [
    `${formatAddress(server)} speaks protocol 4 over ${over}; its key is ${fingerprint}`,
    {
      known: `That is the known key (${knownFrom})`,
      new: "No key of it is known here: compare that with what who runs it says",
      rotated: `Another one is known (${knownFrom}), which has signed the change: it is followed`,
      changed: `ANOTHER KEY IS KNOWN (${knownFrom}): it may be another server; ask who runs it`,
    }[key],
    ...registration === undefined ? [] : [REGISTRATION[registration] ?? "It may register clients"],
    ...fileSize === undefined ? [] : [`A file may have up to ${formatSize(fileSize)}`],
  ];
}

const REGISTRATION: Readonly<Record<string, string>> = {
  open: "It registers clients",
  invite: "It registers clients with an invitation",
  closed: "It registers no clients any more",
};

/**
 * How a file is sent: over protocol 4 if the server has it. A server in the place of a known one
 * that has another key is sent nothing, over no protocol.
 */
function commandLine(
  { three, protocol4 }: Probed,
  { server, program }: ProbeReportOptions,
): string | undefined {
  if (protocol4?.key === "changed") return undefined;
  const to = `FILE --server ${formatAddress(server)}`;
  if (protocol4?.key === "known" || protocol4?.key === "rotated") return `${program} send ${to}`;
  if (three !== undefined) return `${program} ${to} --name NAME --revision ${three.revision}`;
  return `${program} login ${protocol4?.address} --name NAME, then ${program} send ${to}`;
}
