import { formatSize } from "../../../shared/settings/quantity.ts";
import { quotedPath, visible } from "../../../shared/text/quoted.ts";
import { runServerCommand } from "../../run_small_command.ts";
import {
  type ExportSettings,
  readExportCommandLine,
} from "../../settings/commands/export_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { openStored } from "../../storage/open_stored.ts";
import { Progress } from "../progress.ts";
import { storageOf } from "../../settings/storage_settings.ts";
import type { UpkeepParts } from "../upkeep_parts.ts";
import { exportAll, type NotExported } from "./export_all.ts";
import { ExportFolder, LISTS } from "./export_folder.ts";

/** The most faults that the JSON output has; it counts all. */
const MOST_IN_JSON = 1_000;

/** Writes the files of a server to a folder. Returns the exit code: 0, or 1 for faults. */
export function runExport(
  args: readonly string[],
  { io, newTreeHash }: UpkeepParts,
): Promise<number> {
  return runServerCommand({
    read: readExportCommandLine,
    async run(settings: ExportSettings, { stdout, stderr }) {
      const { to, json } = settings;
      if (to === undefined) throw new StartupError("Name a folder with --to");
      const progress = new Progress({ io, stderr });
      const faults: NotExported[] = [];
      let faultCount = 0;
      await using stored = await openStored(await storageOf(settings, io));
      const exported = await exportAll({
        ...{ stored, newTreeHash, folder: await ExportFolder.open(to) },
        onFault(fault) {
          if (++faultCount <= MOST_IN_JSON) faults.push(fault);
          progress.clear();
          if (!json) stdout.write(`${fault.kind.padEnd(7)}  ${visible(fault.what)}\n`);
        },
        onProgress: ({ files, bytes }, of) =>
          progress.show(`${files} of ${of} files, ${formatSize(bytes)}`),
      });
      progress.clear();
      if (json) {
        const result = { ok: faultCount === 0, ...exported, faultCount, faults };
        stdout.write(`${JSON.stringify(result)}\n`);
      } else {
        const { files, bytes, there, links } = exported;
        const before = there === 0 ? "" : `, ${there} of which were there`;
        const listed = links === 0 ? "" : `; ${links} links are in ${LISTS.links}`;
        const left = faultCount === 0 ? "" : `; ${faultCount} could not be written`;
        stdout.write(
          `${quotedPath(to)} has ${files} files, ${formatSize(bytes)}${before}${listed}${left}\n`,
        );
      }
      return faultCount === 0 ? 0 : 1;
    },
  }, { args, io });
}
