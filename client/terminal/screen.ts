import { formatDuration, formatSize, LEAST_WITH_RATE } from "../../shared/settings/quantity.ts";
import { withErrorColor } from "../../shared/settings/output.ts";
import { lazily } from "../../shared/runtime.ts";
import { visible } from "../../shared/text/quoted.ts";

export interface ScreenOptions {
  /** Writes text to standard error. */
  readonly write: (text: string) => void;
  /**
   * Columns of the terminal, or 0 if unknown; undefined without a terminal: then whole lines are
   * written.
   */
  readonly columns: (() => number) | undefined;
  /** Whether errors are coloured. Default: false. */
  readonly colors?: boolean;
  /** Whether to show no progress. */
  readonly quiet: boolean;
  /** The time in milliseconds. */
  readonly now: () => number;
}

/**
 * Milliseconds between two drawings of the bar, before the first line in a pipe, and between lines.
 */
const PAUSE = { bar: 100, firstLine: 100, line: 3_000 } as const;

/** Columns assumed if the terminal reports 0, as serial ones do. */
const USUAL_COLUMNS = 80;

/** Standard error: lines for the user and, on a terminal, a progress bar below them. */
export class Screen {
  readonly #options: ScreenOptions;
  #shown = "";
  #next = -Infinity;
  #isWhole = false;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /**
   * Writes a line, without control characters: it may contain text from the system or a server. A
   * visible bar moves below it.
   */
  line(text: string): void {
    const bar = this.#shown;
    this.clear();
    const { write, colors = false } = this.#options;
    write(`${withErrorColor(visible(text), colors)}\n`);
    if (bar !== "") this.#draw(bar);
  }

  /** Begins the progress of a file. In a pipe, a file that is sent quickly gets no line. */
  begin(): void {
    const { columns, now } = this.#options;
    this.#next = columns === undefined ? now() + PAUSE.firstLine : -Infinity;
    this.#isWhole = false;
  }

  /**
   * Shows the progress of a file, if the last drawing is long enough ago; on a terminal also when
   * all was sent, since nothing may come after that for a while.
   */
  progress(progress: Progress): void {
    const { quiet, columns, now, write } = this.#options;
    const wasWhole = this.#isWhole;
    this.#isWhole = isWhole(progress);
    const isLast = columns !== undefined && this.#isWhole && !wasWhole;
    if (quiet || now() < this.#next && !isLast) return;
    this.#next = now() + (columns === undefined ? PAUSE.line : PAUSE.bar);
    if (columns === undefined) return write(`${progressLine(progress)}\n`);
    this.clear();
    this.#draw(progressBar(progress, columns() || USUAL_COLUMNS));
  }

  /**
   * Shows what goes on instead of progress, in its place; without a terminal as a line, unless it
   * is for a terminal only.
   */
  status(text: string, where: "now" | "on-terminal"): void {
    const { quiet, columns, write } = this.#options;
    if (quiet) return;
    if (columns === undefined) {
      if (where === "now") write(`${visible(text)}\n`);
      return;
    }
    this.clear();
    // The last column is never used: some terminals begin a new line there.
    this.#draw(cutToColumns(visible(text), (columns() || USUAL_COLUMNS) - 1));
  }

  /** Removes the bar. */
  clear(): void {
    if (this.#shown === "") return;
    this.#shown = "";
    this.#options.write("\r\x1b[2K");
  }

  #draw(bar: string): void {
    this.#shown = bar;
    this.#options.write(bar);
  }
}

/** The progress of a file. */
export interface Progress {
  readonly name: string;
  /** Bytes sent. */
  readonly sent: number;
  /** Bytes to be sent; undefined if that is not known. */
  readonly total: number | undefined;
  /** What is waited for once all were sent, in a word or two. Default: nothing. */
  readonly last?: string;
  /** Those of the sent ones that were there before, and count in no rate. Default: none. */
  readonly before?: number;
  /** Milliseconds since its first byte. */
  readonly elapsed: number;
}

/**
 * Columns for name and bar, the widest first. A narrow terminal shortens these before rate and time
 * left, which matter more to the user.
 */
const LAYOUTS = [
  { name: 28, bar: 24 },
  { name: 28, bar: 12 },
  { name: 14, bar: 12 },
  { name: 14, bar: 0 },
  { name: 7, bar: 0 },
] as const;

/**
 * Columns reserved for the text after the bar, so that the bar's size does not change with the
 * numbers.
 */
const BEHIND_BAR = "100%, 99.9 MiB/s, 59 min 59 s left".length;

/** Columns to which a short name is padded, so that the bars of several files are aligned. */
const SHORT_NAME = 12;

/**
 * One line for a terminal of `width` columns: name, bar, share, rate, time left. It never uses the
 * last column, where some terminals begin a new line.
 */
export function progressBar(progress: Progress, width: number): string {
  const most = width - 1;
  const tail = facts(progress);
  for (const layout of LAYOUTS) {
    const line = `${nameIn(layout.name, progress)} ${barIn(layout.bar, progress)}${tail}`;
    const spare = layout.bar === 0 ? 0 : Math.max(0, BEHIND_BAR - tail.length);
    if (columnsOf(line) + spare <= most) return line;
  }
  return cutToColumns(tail.trimStart(), most);
}

/** One line for a log or a pipe. */
export function progressLine(progress: Progress): string {
  const { name, sent, total } = progress;
  const amount = total === undefined ? "" : `${formatSize(sent)} of ${formatSize(total)}, `;
  return `${printable(name)}: ${amount}${facts(progress).trimStart()}`;
}

/** A name without control characters. */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "?");
}

function facts(progress: Progress): string {
  const { sent, total, last, before = 0, elapsed } = progress;
  const share = total === undefined
    ? formatSize(sent)
    : `${Math.floor(shareOf(sent, total) * 100)}%`.padStart(4);
  const moved = sent - before;
  const rate = elapsed > 0 ? moved / elapsed : 0;
  const isRated = rate > 0 && moved >= LEAST_WITH_RATE;
  const more = isWhole(progress)
    ? last
    : total !== undefined && isRated
    ? `${formatDuration((total - sent) / rate)} left`
    : undefined;
  return [share, isRated ? `${formatSize(rate * 1000)}/s` : undefined, more]
    .filter((fact) => fact !== undefined).join(", ");
}

function isWhole({ sent, total }: Progress): boolean {
  return total !== undefined && total > 0 && sent >= total;
}

function shareOf(sent: number, total: number): number {
  return total === 0 ? 1 : Math.min(1, sent / total);
}

function nameIn(width: number, progress: Progress): string {
  const name = printable(progress.name);
  const shown = columnsOf(name) <= width ? name : `${cutToColumns(name, width - 1)}…`;
  return shown + " ".repeat(Math.max(0, Math.min(SHORT_NAME, width) - columnsOf(shown)));
}

function barIn(width: number, { sent, total }: Progress): string {
  if (width === 0 || total === undefined) return "";
  const full = Math.round(shareOf(sent, total) * width);
  return `[${"#".repeat(full)}${"-".repeat(width - full)}] `;
}

/**
 * Characters that a terminal shows in two columns: East Asian wide and fullwidth ones (Unicode
 * Standard Annex 11), by their blocks, and emoji.
 */
const WIDE = lazily(() =>
  new RegExp(
    [
      /[\u1100-\u115f\u2329\u232a\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff]/u,
      /[\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}]/u,
      /[\u{1aff0}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u,
      /\p{Emoji_Presentation}/u,
    ].map(({ source }) => source).join("|"),
    "u",
  )
);

/**
 * An upper limit of the columns that a text without control characters takes on a terminal:
 * combining marks count as one, because some terminals give them one.
 */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE().test(character) ? 2 : 1;
  return columns;
}

/** The longest prefix of a text that takes at most `width` columns. */
export function cutToColumns(text: string, width: number): string {
  let columns = 0;
  let end = 0;
  for (const character of text) {
    columns += columnsOf(character);
    if (columns > width) break;
    end += character.length;
  }
  return text.slice(0, end);
}
