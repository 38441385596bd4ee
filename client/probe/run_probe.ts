import { BUILD } from "../build.ts";
import { EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import type { ProbeSettings } from "../settings/commands.ts";
import type { Prober, ProbeResult } from "./prober.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";

/** The command `probe`: finds out a server's revision and deviations, and prints them. */
export async function runProbe(
  settings: ProbeSettings,
  { io, stdout, screen }: CommandContext,
  { probe, deviations }: Prober,
): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const detail = (line: string) => verbose && screen.line(line);
  const result = await probe({ ...settings, clock: io.clock, detail });
  const shown = { server: settings.server, program: BUILD.call, deviations };
  if (json) stdout.write(`${JSON.stringify(jsonProbe(result, shown))}\n`);
  else if (!quiet) stdout.write(probeText(result, shown));
  return EXIT.sent;
}

/** What a probe found, as an object for JSON. The names are part of the program's interface. */
export interface JsonProbe extends ProbeResult {
  readonly server: string;
  /** The command line that sends a file to that server. */
  readonly command: string;
}

export interface ProbeReportOptions {
  readonly server: Address;
  /** The command that starts the client. */
  readonly program: string;
  /** The description of each deviation, by its name. */
  readonly deviations: Readonly<Record<string, string>>;
}

/** The result as an object for JSON. */
export function jsonProbe(result: ProbeResult, options: ProbeReportOptions): JsonProbe {
  return {
    server: formatAddress(options.server),
    ...result,
    command: commandLine(result, options),
  };
}

/** The result as text. */
export function probeText(result: ProbeResult, options: ProbeReportOptions): string {
  const { server, deviations: meanings } = options;
  const { revision, certain, deviations } = result;
  const speaks = certain
    ? `speaks revision ${revision}`
    : `answers with errors only, as one of revision ${revision} or a related one would`;
  return [
    `${formatAddress(server)} ${speaks}`,
    deviations.length === 0
      ? "It showed no deviation from the protocol, as far as can be seen without registering"
      : "It deviates from the protocol; nothing has to be done about that:",
    ...deviations.map((deviation) => `  ${deviation}: ${meanings[deviation]}`),
    `To send a file: ${commandLine(result, options)}`,
    "",
  ].join("\n");
}

function commandLine(
  { revision }: ProbeResult,
  { server, program }: ProbeReportOptions,
): string {
  return `${program} FILE --server ${formatAddress(server)} --name NAME --revision ${revision}`;
}
