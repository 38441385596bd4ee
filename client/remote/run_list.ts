import { quoted } from "../../shared/text/quoted.ts";
import { ClientError, EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { errorLine, jsonError } from "../report.ts";
import type { ListSettings } from "../settings/tree_settings.ts";
import { entryLine, jsonEntry } from "./entry_lines.ts";
import type { RemoteEntry } from "./remote_files.ts";
import { parseRemotePath, pathKey, shownPath } from "./remote_path.ts";
import type { OpenRemote, Remotes } from "./remotes.ts";

/** The command `ls`: lists what is stored. */
export async function runList(
  settings: ListSettings,
  context: CommandContext,
  remotes: Remotes,
): Promise<ExitCode> {
  const { json, quiet, long, recursive } = settings;
  const paths = (settings.paths.length === 0 ? ["/"] : settings.paths).map(parseRemotePath);
  await using remote = await remotes.open(settings, context);
  let code: ExitCode = EXIT.sent;
  for (const path of paths) {
    // Of several folders each entry has to say in which it is.
    const depth = paths.length > 1 ? 0 : path.length;
    const show = (entry: RemoteEntry) => {
      if (json) context.stdout.write(`${JSON.stringify(jsonEntry(entry))}\n`);
      else if (!quiet) {
        context.stdout.write(`${entryLine(entry, { depth, long })}\n`);
      }
    };
    try {
      const entry = await entryAt(remote, path);
      if (entry.kind !== "folder") show(entry);
      else {
        for await (const each of remote.list(path, { recursive })) {
          show(each);
          // The rest is not read, as behind `| head`.
          if (context.stdout.ended) return code;
        }
      }
    } catch (error) {
      if (!(error instanceof ClientError) || error.hopeless) throw error;
      if (json) {
        const failed = { path: shownPath(path), ...jsonError(error) };
        context.stdout.write(`${JSON.stringify(failed)}\n`);
      }
      context.screen.line(errorLine(error));
      if (code === EXIT.sent) code = error.exitCode;
    }
  }
  return code;
}

/** The entry at a path. Throws a `ClientError`, `entry-missing`, if there is none. */
export async function entryAt(
  remote: Pick<OpenRemote, "entry" | "server">,
  path: readonly string[],
): Promise<RemoteEntry> {
  const entry = path.length === 0 ? { kind: "folder" as const, path } : await remote.entry(path);
  if (entry !== undefined) {
    // What is asked for is what is shown, fetched or written: no other name that a server gives.
    if (pathKey(entry.path) === pathKey(path)) return entry;
    throw new ClientError(
      `${remote.server} was asked for ${quoted(shownPath(path))}, and answered about ` +
        `${quoted(shownPath(entry.path))}; check that it is the server that you mean`,
      { reason: "bad-answer", exitCode: EXIT.failed },
    );
  }
  throw new ClientError(
    `There is no file ${quoted(shownPath(path))} at ${remote.server}; "ls" shows what there is`,
    { reason: "entry-missing", exitCode: EXIT.refused, hopeless: false },
  );
}
