import { formatDuration, formatSize } from "../../shared/settings/quantity.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { type ClientError, EXIT, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { conflictAsker } from "../remote/conflict_asker.ts";
import { onInterruption } from "../remote/on_interruption.ts";
import { TransferProgress } from "../remote/transfer_progress.ts";
import type { Remotes } from "../remote/remotes.ts";
import { errorLine, jsonError } from "../report.ts";
import type { SendTreeSettings } from "../settings/send_settings.ts";
import { Changes } from "./changes.ts";
import type { LocalEntry } from "../remote/local_entry.ts";
import type { Sendable } from "../remote/tree_sender.ts";
import { type Unsendable, walk } from "./walk.ts";

/** Sends files and folders into a tree on a server, and reports what becomes of them. */
export async function runSendTree(
  settings: SendTreeSettings,
  context: CommandContext,
  open: () => ReturnType<Remotes["open"]>,
): Promise<ExitCode> {
  if (settings.files.length === 0) {
    throw localError("bad-command-line", "Say what to send: send FILE...");
  }
  if (settings.files.includes("-")) {
    const { runSendStream } = await import("./run_send_stream.ts");
    return await runSendStream(settings, context, open);
  }
  if (settings.as !== undefined) {
    throw localError("bad-command-line", "--as is for standard input: send - --as PATH");
  }
  const report = new SendReport(settings, context);
  // A mistyped path is reported before anything is sent.
  for (const entry of entriesOf(settings.files)) report.expect(entry);
  await using remote = await open();
  report.begin(remote.server);
  onInterruption(context, () => report.summary);
  const changes = new Changes({
    remote,
    onConflict: conflictAsker(settings.onConflict, context),
    onUnchanged: (entry) => report.ended(entry, "unchanged"),
    onSkipped: (entry) => report.ended(entry, "skipped"),
    onFailed: (entry, error) => report.failed(entry, error),
  });
  await remote.send(toSend(settings.files, { changes, report }), {
    onProgress: (file, bytes) => report.progress(file, bytes),
    onSent: (entry, tag) => report.ended(entry, "sent", tag),
    onFailed: (entry, error) => report.failed(entry, error),
  });
  return report.end();
}

function* entriesOf(files: readonly string[]): Generator<LocalEntry | Unsendable> {
  for (const file of files) yield* walk(file);
}

async function* toSend(
  files: readonly string[],
  { changes, report }: { readonly changes: Changes; readonly report: SendReport },
): AsyncGenerator<Sendable> {
  for (const entry of entriesOf(files)) {
    if (entry.kind === "unsendable") report.failed(entry, entry.error);
    else {
      const sendable = await changes.of(entry);
      if (sendable !== undefined) yield sendable;
    }
  }
}

/** Tells what becomes of entries, and their sum. */
class SendReport {
  readonly #settings: SendTreeSettings;
  readonly #context: CommandContext;
  readonly #progress: TransferProgress;
  #server = "";
  #begun = 0;
  #counts = { sent: 0, unchanged: 0, skipped: 0, failed: 0 };
  #code: ExitCode = EXIT.sent;

  constructor(settings: SendTreeSettings, context: CommandContext) {
    this.#settings = settings;
    this.#context = context;
    this.#progress = new TransferProgress(context.io.clock.now);
  }

  /** Counts an entry that is to come. */
  expect(entry: LocalEntry | Unsendable): void {
    if (entry.kind === "file") this.#progress.expect(entry.size);
  }

  begin(server: string): void {
    this.#server = server;
    this.#begun = this.#context.io.clock.now();
    this.#context.screen.begin();
  }

  progress(file: LocalEntry, bytes: number): void {
    const name = file.to.at(-1) ?? "";
    this.#context.screen.progress(this.#progress.came(file, { bytes, name }));
  }

  ended(entry: LocalEntry, status: "sent" | "unchanged" | "skipped", tag?: string): void {
    const { screen, stdout } = this.#context;
    const { json, quiet, verbose } = this.#settings;
    if (entry.kind !== "folder") this.#counts[status]++;
    if (entry.kind === "file") this.#progress.end(entry, entry.size);
    const { path, to } = entry;
    if (json) {
      if (entry.kind === "folder") return;
      const size = entry.kind === "file" ? { size: entry.size } : {};
      const line = { file: path, status, path: to.join("/"), ...size, server: this.#server };
      stdout.write(`${JSON.stringify({ ...line, ...(tag !== undefined && { tag }) })}\n`);
    } else if (verbose || !quiet && status === "skipped") {
      screen.clear();
      stdout.write(`${quotedPath(to.join("/"))} ${status}\n`);
    }
  }

  failed({ path }: { readonly path: string }, error: ClientError): void {
    const { screen, stdout } = this.#context;
    this.#counts.failed++;
    if (this.#code === EXIT.sent) this.#code = error.exitCode;
    screen.clear();
    if (this.#settings.json) {
      stdout.write(`${JSON.stringify({ file: path, ...jsonError(error) })}\n`);
    }
    screen.line(errorLine(error));
  }

  /** What became of the entries so far, for people. */
  get summary(): string {
    const { sent, unchanged, skipped, failed } = this.#counts;
    const time = formatDuration(this.#context.io.clock.now() - this.#begun);
    const also = [
      ...unchanged > 0 ? [`${unchanged} were there already`] : [],
      ...skipped > 0 ? [`${skipped} skipped`] : [],
      ...failed > 0 ? [`${failed} failed`] : [],
    ].map((text) => `; ${text}`).join("");
    const files = sent === 1 ? "1 file" : `${sent} files`;
    const size = formatSize(this.#progress.bytes);
    return `${files} sent to ${this.#server}: ${size} in ${time}, verified${also}`;
  }

  /** Tells the sum, and returns the exit code. */
  end(): ExitCode {
    const { json, quiet } = this.#settings;
    this.#context.screen.clear();
    if (!json && !quiet) this.#context.stdout.write(`${this.summary}\n`);
    return this.#code;
  }
}
