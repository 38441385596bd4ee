import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, type ClientReason, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { conflictAsker } from "../remote/conflict_asker.ts";
import { parseRemotePath, shownPath } from "../remote/remote_path.ts";
import type { RemoteEntry } from "../remote/remote_files.ts";
import type { OpenRemote, Remotes } from "../remote/remotes.ts";
import { entryAt } from "../remote/run_list.ts";
import { onInterruption, TransferReport } from "../remote/transfer_report.ts";
import { toldWaits } from "../remote/told_waits.ts";
import type { GetSettings } from "../settings/tree_settings.ts";
import { inFolder } from "../files/paths.ts";
import { DistinctNames, LocalNames } from "./local_names.ts";
import { type Received, TreeReceiver } from "./receive_tree.ts";
import { toStandardOutput } from "./to_standard_output.ts";

/** The command `get`: fetches files and folders. */
export async function runGet(
  settings: GetSettings,
  context: CommandContext,
  remotes: Remotes,
): Promise<ExitCode> {
  const { output = ".", parallel } = settings;
  const paths = settings.paths.map(parseRemotePath);
  if (paths.length === 0) throw localError("bad-command-line", "Say what to fetch: get PATH");
  const onWaiting = toldWaits(context, settings);
  // Large files are a matter of what the server sends.
  await using remote = await remotes.open({ ...settings, parallel: undefined, onWaiting }, context);
  const named = new Map<string, RemoteEntry>();
  const missing: { readonly path: string; readonly error: ClientError }[] = [];
  for (const path of paths) {
    try {
      const entry = await entryAt(remote, path);
      named.set(shownPath(entry.path), entry);
    } catch (error) {
      // If there are several paths, the others are still fetched.
      if (!isOf(error, "entry-missing") || paths.length === 1 || output === "-") throw error;
      missing.push({ path: shownPath(path), error });
    }
  }
  const entries = [...named.values()];
  if (output === "-") return await toStandardOutput(entries, { remote, ...settings }, context);
  const report = new TransferReport({ context, settings, done: "fetched" });
  missing.forEach(() => report.expect({ kind: "none" }));
  for (const entry of entries) await expect(entry, { report, remote });
  report.begin(remote.server);
  onInterruption(context, () => report.soFar);
  const options = {
    remote,
    parallel,
    allLinks: settings.links === "all",
    retries: settings.retries,
    clock: context.io.clock,
    onConflict: conflictAsker(settings.onConflict, context),
    onResumed: (file: RemoteEntry, bytes: number) => report.resumes(file, bytes),
    onProgress: (file: RemoteEntry, bytes: number) =>
      report.progress(file, { bytes, name: file.path.at(-1) ?? "" }),
    onRenamed: ({ path }: RemoteEntry, local: string) =>
      report.note(`${quotedPath(shownPath(path))} has another name here: ${quotedPath(local)}`),
    onReceived: (received: Received) => tell(received, report),
  };
  const names = new DistinctNames();
  const isOnly = entries.length + missing.length === 1;
  return await report.sumUp(async () => {
    for (const { path, error } of missing) report.failed(error, { path });
    for (const entry of entries) {
      const { folder, name: wanted } = placeOf(entry, { output, isOnly });
      // The second of two with one name would take the place of the first.
      const name = wanted === "" ? "" : names.next(wanted);
      if (name !== wanted) options.onRenamed(entry, inFolder(folder, name));
      try {
        await new TreeReceiver({ ...options, folder }).receive(entry, name);
      } catch (error) {
        if (isOnly || !isOf(error, "path-in-the-way")) throw error;
        report.failed(error, { path: shownPath(entry.path) }, entry);
      }
    }
  });
}

function isOf(error: unknown, reason: ClientReason): error is ClientError {
  return error instanceof ClientError && error.reason === reason;
}

/** Counts what is to come, for the progress. */
async function expect(
  entry: RemoteEntry,
  { report, remote }: { readonly report: TransferReport; readonly remote: OpenRemote },
): Promise<void> {
  report.expect(entry);
  if (entry.kind !== "folder") return;
  for await (const each of remote.list(entry.path, { recursive: true })) report.expect(each);
}

function tell(received: Received, report: TransferReport): void {
  const { entry, status } = received;
  const path = shownPath(entry.path);
  if (status === "failed") return report.failed(received.error, { path }, entry);
  const { path: local } = received;
  report.ended(entry, {
    status,
    line: `${quotedPath(path)} ${status}: ${quotedPath(local)}`,
    json: { path, status, local },
  });
}

/**
 * Where an entry goes: into the folder `output` under its own name, or, for one file, to the path
 * `output` unless that is a folder. The root has no name: what is in it goes into the folder.
 */
function placeOf(
  entry: RemoteEntry,
  { output, isOnly }: { readonly output: string; readonly isOnly: boolean },
): { readonly folder: string; readonly name: string } {
  const last = entry.path.slice(-1);
  // What the server says is no name before it was made one.
  const name = last.length === 0 ? "" : new LocalNames().at(last)?.[0] ?? "";
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
