import type { Clock } from "../../shared/clock.ts";
import { formatDuration } from "../../shared/settings/quantity.ts";
import { inFolder } from "../files/paths.ts";
import { type Finding, ok, warn } from "./finding.ts";

/** A time before this program existed: a clock that shows an earlier one is wrong. */
const EARLIEST = Date.UTC(2025, 0, 1);

/** Milliseconds by which the clocks of two machines may differ without a warning. */
const TOLERANCE = 60_000;

const ADVICE = "Set the clock; protocol 3 does not need it, but the times of logs and files will " +
  "not fit together, and a server reached over TLS or a tunnel may be refused";

/**
 * Checks the clock without a network: against `EARLIEST`, the times of the client's files, and the
 * time of the disk, which may be on another machine.
 */
export async function checkClock(
  folder: string | undefined,
  { date }: Pick<Clock, "date">,
): Promise<Finding> {
  const time = date().getTime();
  const shown = new Date(time).toISOString().replace(/\..*/, "Z");
  if (time < EARLIEST) return warn("clock", `The clock says ${shown}, which is long ago`, ADVICE);
  if (folder === undefined) return ok("clock", `The clock says ${shown}`);
  for (const name of ["me.info", "priv.key", "transfer.info"]) {
    const info = await Deno.stat(inFolder(folder, name)).catch(() => undefined);
    const ahead = (info?.mtime?.getTime() ?? 0) - time;
    if (ahead > TOLERANCE) {
      return warn(
        "clock",
        `The clock says ${shown}, but ${name} was changed ${formatDuration(ahead)} later`,
        ADVICE,
      );
    }
  }
  const disk = await diskTime(folder);
  const apart = disk === undefined ? 0 : Math.abs(disk - date().getTime());
  if (apart > TOLERANCE) {
    const difference = formatDuration(apart);
    return warn(
      "clock",
      `The clock says ${shown}; that of the disk differs by ${difference}`,
      ADVICE,
    );
  }
  return ok("clock", `The clock says ${shown}, and nothing at hand contradicts it`);
}

/** The modification time of a file created now; undefined if none can be created. */
async function diskTime(folder: string): Promise<number | undefined> {
  const path = inFolder(folder, `.clock.${crypto.randomUUID()}`);
  try {
    using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
    const { mtime } = await file.stat();
    return mtime?.getTime();
  } catch {
    return undefined;
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}
