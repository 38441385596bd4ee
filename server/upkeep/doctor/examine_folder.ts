import { join } from "node:path";

import type { Clock } from "../../../shared/clock.ts";
import { formatSize } from "../../../shared/settings/quantity.ts";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import { isInUse, roomIn } from "../../storage/open_inspection.ts";
import { newKey } from "../../storage/keyed/keyed_new_contents.ts";
import { fail, type Finding, ok, orFailure, skip, warn } from "./finding.ts";

/** Bytes below which a disk has little room. */
const LITTLE = 1024 ** 3;

/** Examines the data folder: whether it can be written, its room, and who uses it. */
export async function* examineFolder(
  { data, clock, serverKey }: {
    readonly data: string;
    readonly clock: Clock;
    /** Reads the key of the server; undefined if there is none yet. Throws a `StartupError`. */
    readonly serverKey: (data: string) => Promise<unknown>;
  },
): AsyncGenerator<Finding> {
  const there = await Deno.stat(data).catch(() => undefined);
  if (there === undefined) {
    yield ok("data folder", `${quotedPath(data)} is not there yet: the server makes it`);
    return;
  }
  const refused = there.isDirectory ? await writeRefused(data) : "it is no folder";
  yield refused !== undefined
    ? fail(
      "data folder",
      `${quotedPath(data)} cannot be written: ${refused}`,
      "Let the server's user write there, or name another folder with --data",
    )
    : (there.mode ?? 0) & 0o077
    ? warn(
      "data folder",
      `${quotedPath(data)} can be seen by others`,
      "Start the server, which takes these permissions away, or chmod 700",
    )
    : ok("data folder", `${quotedPath(data)} can be written, by its owner alone`);
  if (!there.isDirectory) return;
  yield roomFinding("room", data);
  const used = await orFailure("server", () => isInUse(data, clock));
  yield "failure" in used
    ? used.failure
    : ok("server", used.value ? "A server uses the folder" : "No server uses the folder");
  const key = await orFailure("server key", () => serverKey(data));
  yield "failure" in key
    ? key.failure
    : key.value === undefined
    ? ok("server key", "There is none yet: the server makes it, or takes that of the others")
    : ok("server key", "The key by which clients of protocol 4 know the server can be read");
}

/** Examines the room in the folder for what is on its way to a bucket. */
export async function examineSpool(
  { data, spool = join(data, "spool") }: {
    readonly data: string;
    readonly spool: string | undefined;
  },
): Promise<Finding> {
  // What is not there yet is made in the folder above.
  for (const folder of [spool, join(spool, ".."), data]) {
    if ((await Deno.stat(folder).catch(() => undefined))?.isDirectory !== true) continue;
    return roomFinding("spool", folder);
  }
  return skip("spool", `${quotedPath(spool)} is not there yet`);
}

function roomFinding(check: "room" | "spool", folder: string): Finding {
  const room = roomIn(folder);
  if (room === undefined) return skip(check, `The room in ${quotedPath(folder)} is unknown`);
  const message = `There is room for ${formatSize(room)} in ${quotedPath(folder)}`;
  if (room >= LITTLE) return ok(check, message);
  const advice = check === "room"
    ? "Make room, or move the data folder to a larger disk"
    : "Make room, or name a folder on a larger disk with --spool";
  return warn(check, message, advice);
}

/** Writes a file and removes it. Returns why that fails. */
async function writeRefused(folder: string): Promise<string | undefined> {
  const path = join(folder, `.doctor.${newKey()}`);
  try {
    await Deno.writeTextFile(path, "", { createNew: true, mode: 0o600 });
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    await Deno.remove(path).catch(() => {});
  }
}
