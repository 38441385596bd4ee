import { inFolder } from "../../files/paths.ts";
import type { Remotes } from "../../remote/remotes.ts";
import { chosenServer, configOf, linkOptions, openSession } from "../commands/command_server.ts";
import { keyFolder } from "../identity/known_servers.ts";
import { SentRecord } from "../sending/sent_record.ts";
import { RemoteTree } from "./remote_tree.ts";

/** The trees of this client at servers of protocol 4. */
export const REMOTES: Remotes = {
  async open(options, context) {
    const config = await configOf(options, context);
    const known = await chosenServer(config, options.server);
    const { retryTime = 0, onWaiting, parallel } = options;
    const link = { ...linkOptions(options, context), retryTime, onWaiting };
    const folder = await keyFolder(config, known.spki);
    const tell = (line: string) => context.screen.line(line);
    return new RemoteTree(await openSession(known, { config, options: link, context }), {
      ...{ ...link, retries: options.retries ?? link.retries, uploads: parallel },
      leaves: inFolder(folder, "leaves"),
      sent: new SentRecord(inFolder(folder, "sent"), { tell }),
    });
  },
};
