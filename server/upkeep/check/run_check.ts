import { formatSize } from "../../../shared/settings/quantity.ts";
import { visible } from "../../../shared/text/quoted.ts";
import { runServerCommand } from "../../run_small_command.ts";
import {
  type CheckSettings,
  readCheckCommandLine,
} from "../../settings/commands/check_settings.ts";
import { openStored } from "../../storage/open_stored.ts";
import { Progress } from "../progress.ts";
import { storageOf } from "../../settings/storage_settings.ts";
import type { UpkeepParts } from "../upkeep_parts.ts";
import { checkAll, type Checked } from "./check_all.ts";
import type { Fault } from "./check_file.ts";

/** The most faults that the JSON output has; it counts all. */
const MOST_IN_JSON = 1_000;

/** The result for JSON. The names are part of the program's interface. */
export interface JsonCheck extends Omit<Checked, "of"> {
  /** Whether nothing is wrong. */
  readonly ok: boolean;
  /** Files on record, or of the sample. */
  readonly of: number;
  /** What the sample follows from; null if all files were looked at. */
  readonly seed: number | null;
  /** The number of faults. */
  readonly faultCount: number;
  /** The first 1,000 of them. */
  readonly faults: readonly Fault[];
}

/** Compares the database with the contents. Returns the exit code: 0, or 1 if they differ. */
export function runCheck(
  args: readonly string[],
  { io, newTreeHash }: UpkeepParts,
): Promise<number> {
  return runServerCommand({
    read: readCheckCommandLine,
    async run(settings: CheckSettings, { stdout, stderr }) {
      const { json, sample } = settings;
      const seed = settings.seed ?? Math.floor(Math.random() * 2 ** 32);
      const progress = new Progress({ io, stderr });
      const faults: Fault[] = [];
      let faultCount = 0;
      await using stored = await openStored(await storageOf(settings, io));
      const checked = await checkAll({
        ...{ stored, newTreeHash, clock: io.clock, sample, seed },
        onFault(fault) {
          if (++faultCount <= MOST_IN_JSON) faults.push(fault);
          progress.clear();
          if (!json) stdout.write(faultText(fault));
        },
        onProgress: ({ files, of, bytes }) =>
          progress.show(`${files} of ${of} files, ${formatSize(bytes)}`),
      });
      progress.clear();
      const { files, of, bytes } = checked;
      const isSample = sample !== undefined;
      if (json) {
        const ok = faultCount === 0;
        const result: JsonCheck = {
          ...{ ok, files, of, bytes, seed: isSample ? seed : null, faultCount, faults },
        };
        stdout.write(`${JSON.stringify(result)}\n`);
      } else {
        const chosen = isSample ? ` (a sample: --seed ${seed})` : "";
        const found = faultCount === 0
          ? "all as they are on record"
          : `${faultCount} ${faultCount === 1 ? "fault" : "faults"}`;
        stdout.write(`Checked ${files} files, ${formatSize(bytes)}${chosen}: ${found}\n`);
      }
      return faultCount === 0 ? 0 : 1;
    },
  }, { args, io });
}

function faultText({ kind, what, message }: Fault): string {
  return `${kind.padEnd(10)}  ${visible(what)}: ${visible(message)}\n`;
}
