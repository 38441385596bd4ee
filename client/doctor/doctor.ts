import type { Address } from "../../shared/text/address.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { readLastServer } from "../identity/last_server.ts";
import { type ClientFolders, clientFolders, type Places } from "../plan/client_folder.ts";
import { plannedServer } from "../plan/plan.ts";
import { checkClock } from "./check_clock.ts";
import { checkFolder } from "./check_folder.ts";
import { checkIdentity, checkPermissions, ownIdentity } from "./check_identity.ts";
import { checkPlan } from "./check_plan.ts";
import { checkServer, type ServerCheckOptions } from "./check_server.ts";
import type { DoctorSettings } from "../settings/doctor_settings.ts";
import { type Finding, orFailure, skip, warn } from "./finding.ts";

/** What an examination needs. */
export interface DoctorOptions extends Omit<ServerCheckOptions, "timeout"> {
  readonly settings: Pick<DoctorSettings, "dir" | "server" | "timeout">;
  /** How the client is called, for what is said about it. */
  readonly program: string;
  readonly places: Places;
}

/**
 * Examines what usually goes wrong, in the order of `CHECKS`, one finding for each. It sends no file,
 * registers nobody, and leaves nothing in the folder.
 */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  const { settings, program, places, now } = options;
  const timeout = settings.timeout;
  const found = await orFailure("folder", () => clientFolders(settings.dir, places));
  if ("failure" in found) {
    yield found.failure;
    yield* withoutFolder();
    yield* checkServer(settings.server, { ...options, timeout });
    yield await checkClock(undefined, { now });
    return;
  }
  const folders = found.value;
  const read = await orFailure("transfer.info", () => serverOf(settings.server, folders));
  const server = "failure" in read ? settings.server : read.value;
  const own = await orFailure("identity", () => ownIdentity(server, folders));
  const identity = "failure" in own ? undefined : own.value?.identity;
  const folder = await checkFolder(folders, { hasIdentity: identity !== undefined });
  yield folder;
  if (folder.status === "fail") {
    yield* withoutFolder();
    yield* checkServer(server, { ...options, timeout });
    yield await checkClock(undefined, { now });
    return;
  }
  const plan = await checkPlan(folders.folder, { program, knownName: identity?.name });
  yield* plan.findings;
  const [registered, key] = await checkIdentity(own, { folders, server });
  const otherName = identity !== undefined && plan.name !== undefined &&
    plan.name !== identity.name;
  if (otherName) {
    yield warn(
      "identity",
      `me.info belongs to ${quoted(identity.name)}, which counts; transfer.info says ${
        quoted(plan.name)
      }`,
      "Write that name into line 2 of transfer.info, or give the other one a folder of its own " +
        "(--dir)",
    );
  } else yield registered;
  yield key;
  const place = "value" in own && own.value?.place || folders.newIn;
  yield await checkPermissions(place);
  yield* checkServer(settings.server ?? plan.server ?? server, { ...options, timeout });
  yield await checkClock(place, { now });
}

/** What cannot be examined without a folder. */
function* withoutFolder(): Generator<Finding> {
  for (const check of ["transfer.info", "file", "identity", "key", "permissions"] as const) {
    yield skip(check, "The folder cannot be used");
  }
}

/** The server that `send` would go to. */
async function serverOf(
  named: Address | undefined,
  { folder, newIn, userFolder }: ClientFolders,
): Promise<Address | undefined> {
  return named ?? await plannedServer(folder) ??
    (userFolder !== undefined && newIn === userFolder
      ? await readLastServer(userFolder)
      : undefined);
}
