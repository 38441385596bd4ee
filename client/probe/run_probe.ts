import { BUILD } from "../build.ts";
import { EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import type { ProbeSettings } from "../settings/commands.ts";
import type { Prober } from "./prober.ts";
import { jsonProbe, probeText } from "./probe_report.ts";

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
