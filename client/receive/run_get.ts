import { formatDuration, formatSize } from "../../shared/settings/quantity.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { EXIT, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { conflictAsker } from "../remote/conflict_asker.ts";
import { parseRemotePath, shownPath } from "../remote/remote_path.ts";
import type { RemoteEntry } from "../remote/remote_files.ts";
import type { OpenRemote, Remotes } from "../remote/remotes.ts";
import { entryAt } from "../remote/run_list.ts";
import { onInterruption } from "../remote/on_interruption.ts";
import { TransferProgress } from "../remote/transfer_progress.ts";
import { errorLine, jsonError } from "../report.ts";
import type { GetSettings } from "../settings/tree_settings.ts";
import { type Received, TreeReceiver } from "./receive_tree.ts";
import { toStandardOutput } from "./to_standard_output.ts";

/** Milliseconds for which a lost connection is made again, as in `send` by default. */
const RETRY_TIME = 90_000;

/** The command `get`: fetches files and folders. */
export async function runGet(
  settings: GetSettings,
  context: CommandContext,
  remotes: Remotes,
): Promise<ExitCode> {
  const { output = ".", parallel } = settings;
  const paths = settings.paths.map(parseRemotePath);
  if (paths.length === 0) throw localError("bad-command-line", "Say what to fetch: get PATH");
  await using remote = await remotes.open({ ...settings, retryTime: RETRY_TIME }, context);
  const entries: RemoteEntry[] = [];
  for (const path of paths) entries.push(await entryAt(remote, path));
  if (output === "-") return await toStandardOutput(entries, { remote, ...settings }, context);
  const results = new Results(settings, { ...context, server: remote.server });
  await results.measure(entries, remote);
  onInterruption(context, () => results.summary);
  const options = {
    remote,
    parallel,
    allLinks: settings.links === "all",
    retries: settings.retries,
    clock: context.io.clock,
    onConflict: conflictAsker(settings.onConflict, context),
    onProgress: (file: RemoteEntry, bytes: number) => results.progress(file, bytes),
    onReceived: (received: Received) => results.tell(received),
  };
  for (const entry of entries) {
    const { folder, name } = placeOf(entry, { output, isOnly: entries.length === 1 });
    await new TreeReceiver({ ...options, folder }).receive(entry, name);
  }
  return results.end();
}

/**
 * Where an entry goes: into the folder `output` under its own name, or, for one file, to the path
 * `output` unless that is a folder. The root has no name: what is in it goes into the folder.
 */
function placeOf(
  entry: RemoteEntry,
  { output, isOnly }: { readonly output: string; readonly isOnly: boolean },
): { readonly folder: string; readonly name: string } {
  const name = entry.path.at(-1) ?? "";
  if (!isOnly || entry.kind === "folder" || /[/\\]$/.test(output) || isFolder(output)) {
    return { folder: output, name };
  }
  const at = Math.max(
    output.lastIndexOf("/"),
    Deno.build.os === "windows" ? output.lastIndexOf("\\") : -1,
  );
  return { folder: at < 0 ? "." : output.slice(0, at) || "/", name: output.slice(at + 1) };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Tells what becomes of the entries, and how many there are. */
class Results {
  readonly #settings: GetSettings;
  readonly #context: CommandContext & { readonly server: string };
  readonly #progress: TransferProgress;
  readonly #begun: number;
  #fetched = 0;
  #failed = 0;
  #unchanged = 0;
  #code: ExitCode = EXIT.sent;

  constructor(settings: GetSettings, context: CommandContext & { readonly server: string }) {
    this.#settings = settings;
    this.#context = context;
    this.#progress = new TransferProgress(context.io.clock.now);
    this.#begun = context.io.clock.now();
  }

  /** Counts what is to come, for the progress. */
  async measure(entries: readonly RemoteEntry[], remote: OpenRemote): Promise<void> {
    for (const entry of entries) {
      if (entry.kind === "file") this.#progress.expect(entry.size);
      if (entry.kind !== "folder") continue;
      for await (const each of remote.list(entry.path, { recursive: true })) {
        if (each.kind === "file") this.#progress.expect(each.size);
      }
    }
    this.#context.screen.begin();
  }

  progress(file: RemoteEntry, bytes: number): void {
    const name = file.path.at(-1) ?? "";
    this.#context.screen.progress(this.#progress.came(file, { bytes, name }));
  }

  tell(received: Received): void {
    const { screen, stdout } = this.#context;
    const { json, quiet, verbose } = this.#settings;
    const path = shownPath(received.entry.path);
    screen.clear();
    const { entry } = received;
    if (entry.kind === "file") this.#progress.end(entry, entry.size);
    if (received.status === "failed") {
      this.#failed++;
      if (this.#code === EXIT.sent) this.#code = received.error.exitCode;
      if (json) stdout.write(`${JSON.stringify({ path, ...jsonError(received.error) })}\n`);
      return screen.line(errorLine(received.error));
    }
    const { status, path: local } = received;
    if (status === "fetched") this.#fetched++;
    if (status === "unchanged") this.#unchanged++;
    if (json) stdout.write(`${JSON.stringify({ path, status, local })}\n`);
    else if (verbose || !quiet && status === "skipped") {
      stdout.write(`${quotedPath(path)} ${status}: ${quotedPath(local)}\n`);
    }
  }

  /** What became of the entries so far, for people. */
  get summary(): string {
    const { server, io } = this.#context;
    const time = formatDuration(io.clock.now() - this.#begun);
    const files = this.#fetched === 1 ? "1 file" : `${this.#fetched} files`;
    const also = [
      ...this.#unchanged > 0 ? [`${this.#unchanged} were there already`] : [],
      ...this.#failed > 0 ? [`${this.#failed} failed`] : [],
    ].map((text) => `; ${text}`).join("");
    const size = formatSize(this.#progress.bytes);
    return `${files} fetched from ${server}: ${size} in ${time}, verified${also}`;
  }

  /** Tells the sum, and returns the exit code. */
  end(): ExitCode {
    const { json, quiet } = this.#settings;
    this.#context.screen.clear();
    if (!json && !quiet) this.#context.stdout.write(`${this.summary}\n`);
    return this.#code;
  }
}
