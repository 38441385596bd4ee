import { withErrorColor } from "../../shared/settings/output.ts";
import { visible } from "../../shared/text/quoted.ts";
import { cutToColumns, type Progress, progressBar, progressLine } from "./progress_bar.ts";

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
  }

  /** Shows the progress of a file, if the last drawing is long enough ago. */
  progress(progress: Progress): void {
    const { quiet, columns, now, write } = this.#options;
    if (quiet || now() < this.#next) return;
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
