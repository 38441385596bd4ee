import { lateBuiltin } from "../../shared/late_builtin.ts";
import { BUILD } from "../build.ts";
import type { ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { examine } from "./doctor.ts";
import { exitCodeOf, findingText, jsonDoctor, summaryText } from "./doctor_report.ts";
import { usualPlaces } from "../identity/client_folders.ts";
import type { DoctorSettings } from "../settings/commands.ts";
import type { Finding } from "./finding.ts";
import type { Inspector } from "./inspector.ts";

/** The command `doctor`: runs the checks and prints each finding at once. Returns the exit code. */
export async function runDoctor(
  settings: DoctorSettings,
  { io, home, stdout, screen, colors }: CommandContext,
  inspector: Inspector,
): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const write = (text: string) => stdout.write(text);
  const findings: Finding[] = [];
  const examination = examine({
    settings,
    inspector,
    program: BUILD.call,
    places: await usualPlaces(home, io.env),
    home: io.env("HOME"),
    resolve,
    clock: io.clock,
    detail: (line) => verbose && screen.line(line),
  });
  for await (const finding of examination) {
    findings.push(finding);
    const shown = !json && (!quiet || finding.status === "fail");
    if (shown) write(findingText(finding, { colors }));
  }
  if (json) write(`${JSON.stringify(jsonDoctor(findings))}\n`);
  else if (!quiet) write(summaryText(findings));
  return exitCodeOf(findings);
}

/** The addresses of a host from the system's resolver, including its hosts file. */
async function resolve(host: string): Promise<readonly string[]> {
  const found = await lateBuiltin("node:dns/promises").lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}
