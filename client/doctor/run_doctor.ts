import { lateBuiltin } from "../../shared/runtime.ts";
import { BUILD } from "../build.ts";
import { EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { examine } from "./doctor.ts";
import { usualPlaces } from "../identity/client_folders.ts";
import type { DoctorSettings } from "../settings/commands.ts";
import { CHECKS, type Finding } from "./finding.ts";
import type { Inspector, Inspector4 } from "./inspector.ts";

/** The command `doctor`: runs the checks and prints each finding at once. Returns the exit code. */
export async function runDoctor(
  settings: DoctorSettings,
  { io, home, stdout, screen, colors }: CommandContext,
  inspectors: { readonly inspector: Inspector; readonly inspector4: Inspector4 },
): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const write = (text: string) => stdout.write(text);
  const findings: Finding[] = [];
  const examination = examine({
    settings,
    ...inspectors,
    program: BUILD.call,
    places: usualPlaces(home, io.env),
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

/** All findings as an object for JSON. The names are part of the program's interface. */
export interface JsonDoctor {
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly checks: readonly Finding[];
}

const COLORS = { ok: 32, warn: 33, fail: 31, skip: 90 } as const;
const NAME_WIDTH = Math.max(...CHECKS.map((check) => check.length));
const INDENT = " ".repeat("warn".length + 2 + NAME_WIDTH + 2);

/** The exit code of `doctor`: that of `send` for the first failure. */
export function exitCodeOf(findings: readonly Finding[]): ExitCode {
  return findings.find(({ status }) => status === "fail")?.exitCode ?? EXIT.sent;
}

/** The findings as an object for JSON. */
export function jsonDoctor(checks: readonly Finding[]): JsonDoctor {
  const exitCode = exitCodeOf(checks);
  return { ok: exitCode === EXIT.sent, exitCode, checks };
}

/** A finding as text; the second line says what to do. */
export function findingText(
  { check, status, message, advice }: Finding,
  { colors }: { readonly colors: boolean },
): string {
  const word = status.padEnd(4);
  const shown = colors ? `\x1b[${COLORS[status]}m${word}\x1b[0m` : word;
  const line = `${shown}  ${check.padEnd(NAME_WIDTH)}  ${message}\n`;
  return advice === undefined ? line : `${line}${INDENT}${advice}\n`;
}

/** The last line: the summary. */
export function summaryText(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) =>
    findings.filter((finding) => finding.status === status).length;
  const [failures, warnings] = [count("fail"), count("warn")];
  if (failures === 0 && warnings === 0) return "All is well\n";
  const parts = [
    ...failures > 0 ? [`${failures} failed`] : [],
    ...warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : [],
  ];
  return `${parts.join(", ")}\n`;
}
