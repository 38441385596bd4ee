import { withErrorColor } from "../../shared/settings/display.ts";
import { visible } from "../../shared/text/quoted.ts";
import { type Progress, progressBar, progressLine } from "./progress_bar.ts";

/** Where a screen writes, and what it knows of it. */
export interface ScreenOptions {
  /** Takes text for standard error. */
  readonly write: (text: string) => void;
  /**
   * Columns of the terminal, 0 where it does not know them, or undefined where there is none: then
   * whole lines are written.
   */
  readonly columns: (() => number) | undefined;
  /** Whether errors are to have colours; default: no. */
  readonly colors?: boolean;
  /** Shows no progress at all. */
  readonly quiet: boolean;
  /** The time in milliseconds. */
  readonly now: () => number;
}

/**
 * Milliseconds between two drawings of the bar, before the first line in a pipe, and between lines.
 */
const PAUSE = { bar: 100, firstLine: 100, line: 3_000 } as const;

/** Columns that are taken for granted where the terminal says 0, as serial ones do. */
const USUAL_COLUMNS = 80;

/** Standard error: lines for people, and below them, on a terminal, a bar that is drawn over. */
export class Screen {
  readonly #options: ScreenOptions;
  #shown = "";
  #next = -Infinity;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  /**
   * Writes a line, without what a terminal would act on: it may repeat what the system or a server
   * said. A bar that is shown moves below it.
   */
  line(text: string): void {
    const bar = this.#shown;
    this.clear();
    const { write, colors = false } = this.#options;
    write(`${withErrorColor(visible(text), colors)}\n`);
    if (bar !== "") this.#draw(bar);
  }

  /** Begins the progress of a file: in a pipe, one that is quickly done is not worth a line. */
  begin(): void {
    const { columns, now } = this.#options;
    this.#next = columns === undefined ? now() + PAUSE.firstLine : -Infinity;
  }

  /** Shows how far a file has come, if it is time to. */
  progress(progress: Progress): void {
    const { quiet, columns, now, write } = this.#options;
    if (quiet || now() < this.#next) return;
    this.#next = now() + (columns === undefined ? PAUSE.line : PAUSE.bar);
    if (columns === undefined) return write(`${progressLine(progress)}\n`);
    this.clear();
    this.#draw(progressBar(progress, columns() || USUAL_COLUMNS));
  }

  /** Takes the bar away. */
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
