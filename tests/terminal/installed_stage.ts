import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { installedClient } from "../end_to_end/fixtures/installed_client.ts";
import { OnTerminal } from "./on_terminal.ts";

/** A folder for a server, and an installed client on terminals, in a folder with a file. */
export interface InstalledStage {
  readonly data: string;
  readonly home: string;
  /** The user's own folder of the client. */
  readonly config: string;
  /** Starts the client with these words. */
  readonly start: (words: string) => OnTerminal;
}

/** Makes one, whose folders go with `resources`. */
export async function installedStage(
  resources: AsyncDisposableStack,
): Promise<InstalledStage> {
  const [data, home, programs] = [
    resources.use(await temporaryFolder()),
    resources.use(await temporaryFolder()),
    resources.use(await temporaryFolder()),
  ];
  await installedClient(programs.path);
  await Deno.writeTextFile(join(home.path, "note.txt"), "hello");
  const program = join(programs.path, "sealpost");
  const config = join(home.path, "config");
  const env = { HOME: home.path, XDG_CONFIG_HOME: config, NO_COLOR: "1" };
  const start = (words: string) => new OnTerminal(`${program} ${words}`, { cwd: home.path, env });
  return { data: data.path, home: home.path, config: join(config, "sealpost"), start };
}
