import { lateBuiltin } from "../../shared/late_builtin.ts";
import type { ExitCode } from "../client_error.ts";
import { examine } from "./doctor.ts";
import { exitCodeOf, findingText, jsonDoctor, summaryText } from "./doctor_report.ts";
import type { DoctorSettings } from "./doctor_settings.ts";
import type { Finding } from "./finding.ts";

/** Where an examination reports to. */
export interface RunDoctorOptions {
  readonly program: string;
  readonly colors: boolean;
  /** Takes text for standard output. */
  readonly write: (text: string) => void;
  /** Takes a line of details, for those who asked for them. */
  readonly detail: (line: string) => void;
}

/** The command `doctor`: examines, prints each finding as soon as it is there, and how to exit. */
export async function runDoctor(
  settings: DoctorSettings,
  { program, colors, write, detail }: RunDoctorOptions,
): Promise<ExitCode> {
  const { json, quiet } = settings;
  const findings: Finding[] = [];
  const examination = examine({
    settings,
    program,
    resolve,
    now: () => Date.now(),
    detail,
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

/** The addresses of a host by the ways of this system, its own table of names included. */
async function resolve(host: string): Promise<readonly string[]> {
  const found = await lateBuiltin("node:dns/promises").lookup(host, { all: true });
  return [...new Set(found.map(({ address }) => address))];
}
