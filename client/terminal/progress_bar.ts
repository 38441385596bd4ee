import { formatDuration, formatSize } from "../../shared/command_line/quantity.ts";

/** How far a file has come. */
export interface Progress {
  /** The file's name. */
  readonly name: string;
  /** Bytes sent. */
  readonly sent: number;
  /** Bytes to be sent. */
  readonly total: number;
  /** Milliseconds since its first byte. */
  readonly elapsed: number;
}

/** Columns that the bar itself has, and that the name has at the most. */
const BAR = 24;
const NAME = 28;

/**
 * One line for a terminal of `width` columns: name, bar, share, rate, time left. It never fills the
 * last column, where some terminals would begin a new line.
 */
export function progressBar(progress: Progress, width: number): string {
  const share = shareOf(progress);
  const full = Math.round(share * BAR);
  const bar = `[${"#".repeat(full)}${"-".repeat(BAR - full)}]`;
  const line = `${shortened(progress.name).padEnd(Math.min(NAME, 12))} ${bar} ${facts(progress)}`;
  return line.slice(0, Math.max(0, width - 1));
}

/** One line for a log or a pipe. */
export function progressLine(progress: Progress): string {
  return `${printable(progress.name)}: ${formatSize(progress.sent)} of ` +
    `${formatSize(progress.total)}, ${facts(progress)}`;
}

/** A name without what a terminal would act on. */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}

function facts(progress: Progress): string {
  const { sent, total, elapsed } = progress;
  const percent = `${Math.floor(shareOf(progress) * 100)}%`.padStart(4);
  const rate = elapsed > 0 ? sent / elapsed : 0;
  if (rate === 0) return percent;
  const left = sent < total ? `, ${formatDuration((total - sent) / rate)} left` : "";
  return `${percent}, ${formatSize(rate * 1000)}/s${left}`;
}

function shareOf({ sent, total }: Progress): number {
  return total === 0 ? 1 : Math.min(1, sent / total);
}

function shortened(name: string): string {
  const characters = [...printable(name)];
  return characters.length <= NAME
    ? characters.join("")
    : `${characters.slice(0, NAME - 1).join("")}…`;
}
