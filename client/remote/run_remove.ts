import { quotedPath } from "../../shared/text/quoted.ts";
import { ClientError, EXIT, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { errorLine, jsonError } from "../report.ts";
import type { MoveSettings, RemoveSettings } from "../settings/tree_settings.ts";
import { parseRemotePath, pathKey, shownPath } from "./remote_path.ts";
import type { Remotes } from "./remotes.ts";

/** The command `rm`: removes stored files and folders. */
export async function runRemove(
  settings: RemoveSettings,
  context: CommandContext,
  remotes: Remotes,
): Promise<ExitCode> {
  const { stdout, screen } = context;
  const paths = settings.paths.map(parseRemotePath);
  if (paths.length === 0) throw localError("bad-command-line", "Say what to remove: rm PATH");
  if (paths.some((path) => path.length === 0)) {
    throw localError("bad-command-line", "The root stays; name what is to be removed in it");
  }
  await using remote = await remotes.open(settings, context);
  let code: ExitCode = EXIT.sent;
  for (const path of paths) {
    const shown = shownPath(path);
    try {
      await remote.remove(path, settings);
      if (settings.json) stdout.write(`${JSON.stringify({ path: shown, status: "removed" })}\n`);
      else if (!settings.quiet) stdout.write(`${quotedPath(shown)} removed\n`);
    } catch (error) {
      if (!(error instanceof ClientError) || error.hopeless) throw error;
      const said = advised(error, "folder-not-empty", "; -r removes it with all that is in it");
      if (settings.json) stdout.write(`${JSON.stringify({ path: shown, ...jsonError(said) })}\n`);
      screen.line(errorLine(said));
      if (code === EXIT.sent) code = said.exitCode;
    }
  }
  return code;
}

/** The command `mv`: gives a stored file or folder another path. */
export async function runMove(
  settings: MoveSettings,
  context: CommandContext,
  remotes: Remotes,
): Promise<ExitCode> {
  const from = parseRemotePath(settings.from);
  const wanted = parseRemotePath(settings.to);
  if (from.length === 0) throw localError("bad-command-line", "The root cannot be moved");
  await using remote = await remotes.open(settings, context);
  // As mv of a shell does it: into a folder that is there.
  const there = wanted.length === 0 ? { kind: "folder" } : await remote.entry(wanted);
  // A folder that gets its own name in another case is there already.
  const isInto = there?.kind === "folder" && pathKey(from) !== pathKey(wanted);
  const to = isInto ? [...wanted, ...from.slice(-1)] : wanted;
  try {
    await remote.move(from, to, settings);
  } catch (error) {
    if (!(error instanceof ClientError) || settings.replace) throw error;
    throw advised(error, "target-exists", "; give another path, or --replace if it is a file");
  }
  const moved = { from: shownPath(from), to: shownPath(to) };
  if (settings.json) context.stdout.write(`${JSON.stringify({ status: "moved", ...moved })}\n`);
  else if (!settings.quiet) {
    context.stdout.write(`${quotedPath(moved.from)} is ${quotedPath(moved.to)} now\n`);
  }
  return EXIT.sent;
}

/** The error with an advice behind what it says, if it has this reason. */
function advised(error: ClientError, about: string, advice: string): ClientError {
  const { reason, exitCode, hopeless, cause } = error;
  if (reason !== about) return error;
  return new ClientError(error.message + advice, { reason, exitCode, hopeless, cause });
}
