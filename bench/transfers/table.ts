import type { Row } from "./scenario.ts";

/** The machine that a result is from. */
export interface Machine {
  readonly date: string;
  readonly system: string;
  readonly cores: number;
  readonly deno: string;
}

/** This machine, now. */
export function machine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    system: `${Deno.build.os} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
  };
}

export interface TableOptions {
  /** Default: this one. */
  readonly on?: Machine;
  /** Scenarios that were not measured. */
  readonly skipped?: readonly { readonly name: string; readonly reason: string }[];
}

/** Formats a result as a Markdown table, with what was skipped below. */
export function table(
  rows: readonly Row[],
  { on = machine(), skipped = [] }: TableOptions = {},
): string {
  const withProcessor = rows.some(({ processor }) => processor !== undefined);
  const cells = rows.map(({ what, who, median, unit, processor, ratio, most, least }) => [
    what,
    who,
    `${shown(median)} ${unit}`,
    ...withProcessor ? [processorText(processor)] : [],
    ratio === undefined ? "" : shown(ratio),
    most !== undefined ? `at most ${most}` : least !== undefined ? `at least ${least}` : "",
    verdict({ value: ratio ?? median, most, least }),
  ]);
  const processor = withProcessor ? ["processor: client + server"] : [];
  const head = ["what", "who", "median", ...processor, "ratio", "limit", ""];
  const all = [head, ...cells];
  const widths = head.map((_, column) =>
    Math.max(3, ...all.map((row) => row[column]?.length ?? 0))
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const { date, system, cores, deno } = on;
  return [
    line(head),
    rule,
    ...cells.map(line),
    "",
    ...skipped.map(({ name, reason }) => `${name} was skipped: ${reason}`),
    `${date}, ${system}, ${cores} cores, Deno ${deno}`,
    "",
  ].join("\n");
}

function verdict(
  { value, most = Infinity, least = -Infinity }: {
    readonly value: number;
    readonly most: number | undefined;
    readonly least: number | undefined;
  },
): string {
  if (most === Infinity && least === -Infinity) return "";
  return value <= most && value >= least ? "met" : "MISSED";
}

function processorText(processor: Row["processor"]): string {
  return processor === undefined ? "" : `${shown(processor.client)} + ${shown(processor.server)} s`;
}

function shown(value: number): string {
  return value.toFixed(value >= 100 ? 0 : Math.abs(value) < 0.1 ? 3 : 2);
}
