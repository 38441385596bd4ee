import { formatDuration, formatSize } from "../../shared/settings/quantity.ts";
import { ClientError, EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext, ReportContext } from "../command_context.ts";
import { errorLine, jsonError } from "../report.ts";
import type { LocalEntry } from "./local_entry.ts";
import type { RemoteEntry } from "./remote_files.ts";
import { SIGNAL_EXIT } from "../../shared/settings/last_resort.ts";
import type { Progress } from "../terminal/screen.ts";

/** What is transferred: an entry on this side or on the other. */
type Entry = LocalEntry | RemoteEntry;

/** What a line says between the files and the server. */
const TO = { sent: "sent to", fetched: "fetched from" } as const;

/** What the progress says when all bytes have come, and not all files are at their places yet. */
const LAST = { sent: "being stored", fetched: "being written" } as const;

export interface TransferReportOptions {
  readonly context: ReportContext;
  readonly settings: {
    readonly json: boolean;
    readonly quiet: boolean;
    readonly verbose: boolean;
  };
  /** The direction: the status of an entry that was transferred. */
  readonly done: keyof typeof TO;
}

/** What became of an entry, in the words of its command. */
export interface EntryEnd {
  readonly status: "sent" | "fetched" | "unchanged" | "skipped";
  /** A line for people. */
  readonly line: string;
  /** The same as an object for JSON. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** Tells what becomes of entries that are sent or fetched, as it happens, and their sum. */
export class TransferReport {
  readonly #options: TransferReportOptions;
  readonly #progress: TransferProgress;
  readonly #counts = { done: 0, unchanged: 0, skipped: 0, failed: 0 };
  /** Files and links that are to come, and those of which it is known what became of them. */
  #expected = 0;
  #known = 0;
  #server = "";
  #begun = 0;
  #code: ExitCode = EXIT.sent;

  constructor(options: TransferReportOptions) {
    this.#options = options;
    this.#progress = new TransferProgress(options.context.io.clock.now);
  }

  /** Counts an entry that is to come. */
  expect(entry: { readonly kind: string; readonly size?: number }): void {
    if (entry.kind !== "folder") this.#expected++;
    if (entry.kind === "file" || entry.kind === "link") this.#progress.expect(entry.size ?? 0);
  }

  /** Begins with the transfer; `server` is `host:port`. */
  begin(server: string): void {
    const { io, screen } = this.#options.context;
    this.#server = server;
    this.#begun = io.clock.now();
    screen.begin();
  }

  /** Records that a file goes on from what an earlier run has transferred. */
  resumes(file: Entry, bytes: number): void {
    this.#progress.resumes(file, bytes);
  }

  /** Shows the progress, of which `bytes` of a file with this name are a part. */
  progress(file: Entry, { bytes, name }: { readonly bytes: number; readonly name: string }): void {
    const { context: { screen }, done } = this.#options;
    screen.progress({ ...this.#progress.came(file, { bytes, name }), last: LAST[done] });
  }

  /** Tells what became of an entry. Folders do not count. */
  ended(entry: Entry, { status, line, json }: EntryEnd): void {
    const { context: { screen, stdout }, settings } = this.#options;
    if (entry.kind !== "folder") {
      this.#progress.end(entry, sizeOf(entry));
      this.#known++;
      this.#counts[status === "unchanged" || status === "skipped" ? status : "done"]++;
    }
    if (settings.json) {
      if (entry.kind !== "folder") stdout.write(`${JSON.stringify(json)}\n`);
    } else if (settings.verbose || !settings.quiet && status === "skipped") {
      screen.clear();
      stdout.write(`${line}\n`);
    }
  }

  /** Tells that an entry failed; `json` says which it is. */
  failed(error: ClientError, json: Readonly<Record<string, unknown>>, entry?: Entry): void {
    const { context: { screen, stdout }, settings } = this.#options;
    if (entry !== undefined && entry.kind !== "folder") {
      this.#progress.end(entry, sizeOf(entry));
    }
    if (entry?.kind !== "folder") this.#known++;
    this.#counts.failed++;
    if (this.#code === EXIT.sent) this.#code = error.exitCode;
    screen.clear();
    if (settings.json) stdout.write(`${JSON.stringify({ ...json, ...jsonError(error) })}\n`);
    screen.line(errorLine(error));
  }

  /** Tells people something beside what becomes of entries. */
  note(line: string): void {
    const { context: { screen, stdout }, settings } = this.#options;
    if (settings.json || settings.quiet) return;
    screen.clear();
    stdout.write(`${line}\n`);
  }

  /**
   * What became of the entries so far, for people who have interrupted it: nothing is verified
   * before it is whole.
   */
  get soFar(): string {
    return `${this.#sum("")}${this.#rest}`;
  }

  /**
   * Does `work`, tells the sum, and returns the exit code: also where an error ends it, which is
   * told before. The sum of one file that failed says nothing.
   */
  async sumUp(work: () => Promise<void>): Promise<ExitCode> {
    const { context: { screen, stdout }, settings: { json, quiet } } = this.#options;
    const isOne = this.#expected === 1;
    const verified = () => this.#counts.done > 0 ? ", verified" : "";
    try {
      await work();
      screen.clear();
      if (!json && !quiet) stdout.write(`${this.#sum(verified())}\n`);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#code = error.exitCode;
      screen.clear();
      screen.line(errorLine(error));
      if (json) stdout.write(`${JSON.stringify(jsonError(error))}\n`);
      if (!json && !quiet && !isOne) stdout.write(`${this.#sum(verified())}${this.#rest}\n`);
    }
    if (json && !isOne) stdout.write(`${JSON.stringify(this.#jsonSum())}\n`);
    return this.#code;
  }

  /** Entries of which nothing is known when it ends: the same command goes on with them. */
  get #left(): number {
    return Math.max(0, this.#expected - this.#known);
  }

  get #rest(): string {
    return `; ${this.#left} left, and the same command goes on from there`;
  }

  #jsonSum() {
    const { done, ...counts } = this.#counts;
    const { context: { io }, done: direction } = this.#options;
    return {
      ...{ status: "ended", [direction]: done, ...counts, left: this.#left },
      bytes: this.#progress.bytes,
      seconds: Math.round(io.clock.now() - this.#begun) / 1000,
      server: this.#server,
      exitCode: this.#code,
    };
  }

  #sum(verified: string): string {
    const { done, unchanged, skipped, failed } = this.#counts;
    const { context: { io }, done: direction } = this.#options;
    const time = formatDuration(io.clock.now() - this.#begun);
    const also = [
      ...unchanged > 0 ? [`${unchanged} ${unchanged === 1 ? "was" : "were"} there already`] : [],
      ...skipped > 0 ? [`${skipped} skipped`] : [],
      ...failed > 0 ? [`${failed} failed`] : [],
    ].map((text) => `; ${text}`).join("");
    const files = done === 1 ? "1 file" : `${done} files`;
    const size = formatSize(this.#progress.bytes);
    return `${files} ${TO[direction]} ${this.#server}: ${size} in ${time}${verified}${also}`;
  }
}

/** The bytes that an entry is to bring: a link is told by its target. */
function sizeOf(entry: Entry): number {
  return entry.kind === "file" ? entry.size : 0;
}

/** From here on a signal ends the program at once, after a line of what `said` gives. */
export function onInterruption(
  { io, screen }: Pick<CommandContext, "io" | "screen">,
  said: () => string,
): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    io.onSignal(signal, () => {
      screen.clear();
      screen.line(`Interrupted: ${said()}`);
      io.exit(SIGNAL_EXIT[signal]);
    });
  }
}

/** What has come of a file that is under way. */
interface UnderWay {
  /** Bytes that are there now: a restart may begin before what came last. */
  came: number;
  /** The most bytes that were there at any time. */
  most: number;
}

/** The progress of all files that are transferred, as a sum. */
export class TransferProgress {
  readonly #now: () => number;
  readonly #begun: number;
  readonly #underWay = new Map<unknown, UnderWay>();
  #files = 0;
  #ended = 0;
  #total = 0;
  #sum = 0;
  #bytes = 0;
  #before = 0;

  /** `now`: the time in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#begun = now();
  }

  /**
   * Bytes that were transferred of all files: each counts once, also if it had to be sent again,
   * and those that were there before do not.
   */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a file of `size` bytes to the total. */
  expect(size: number): void {
    this.#files++;
    this.#total += size;
  }

  /** Records that a file goes on from what an earlier run has transferred. */
  resumes(file: unknown, bytes: number): void {
    const underWay = this.#of(file);
    const more = Math.max(0, bytes - underWay.most);
    this.#before += more;
    this.#sum += bytes - underWay.came;
    underWay.came = bytes;
    underWay.most = Math.max(underWay.most, bytes);
  }

  /** Records how many bytes of a file are there. Its name shows if it is the only one. */
  came(
    file: unknown,
    { bytes, name }: { readonly bytes: number; readonly name: string },
  ): Progress {
    const underWay = this.#of(file);
    this.#bytes += Math.max(0, bytes - underWay.most);
    this.#sum += bytes - underWay.came;
    underWay.came = bytes;
    underWay.most = Math.max(underWay.most, bytes);
    return {
      name: this.#files === 1 ? name : `${this.#ended} of ${this.#files} files`,
      sent: this.#sum,
      total: this.#total,
      before: this.#before,
      elapsed: this.#now() - this.#begun,
    };
  }

  /** Records that nothing more of a file comes: the bytes that it lacks no longer count. */
  end(file: unknown, size: number): void {
    const { came } = this.#of(file);
    this.#sum += size - came;
    this.#before += size - came;
    this.#underWay.delete(file);
    this.#ended++;
  }

  #of(file: unknown): UnderWay {
    const known = this.#underWay.get(file);
    if (known !== undefined) return known;
    const begun = { came: 0, most: 0 };
    this.#underWay.set(file, begun);
    return begun;
  }
}
