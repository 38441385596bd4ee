import { join } from "node:path";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { Terminal } from "./terminal.ts";

/**
 * Starts the client's task with files of which only `first.txt` comes to an end soon, and types
 * Ctrl-C once it shows something.
 */
export async function interrupted(
  { names, flags = [] }: { readonly names: readonly string[]; readonly flags?: readonly string[] },
  reached: RegExp,
): Promise<{ readonly code: number; readonly screen: string }> {
  await using folder = await temporaryFolder();
  await using server = await RunningServer.here(join(folder.path, "data"));
  const files = names.map((name) => join(folder.path, name));
  for (const file of files) {
    await Deno.writeFile(file, new Uint8Array(file.endsWith("first.txt") ? 6 : 1_000_000));
  }
  const args = [
    ...["--dir", folder.path, "--server", server.address, "--name", "Hurried"],
    // A second between two packets.
    ...["--packet-size", "64KiB", "--packet-delay", "1s", "--parallel", "1", ...flags, ...files],
  ];
  await using terminal = await Terminal.start(
    [Deno.execPath(), "task", "--quiet", "client", ...args],
    { cwd: ROOT, env: { NO_COLOR: "1" }, columns: 300 },
  );
  await terminal.shows(reached);
  await terminal.type("\x03");
  const ended = await terminal.ended();
  // The paths are those of a temporary folder.
  return { ...ended, screen: ended.screen.replaceAll(`${folder.path}/`, "") };
}
