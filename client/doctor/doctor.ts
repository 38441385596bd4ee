import type { Address } from "../../shared/text/address.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { readLastServer } from "../identity/last_server.ts";
import {
  type ClientFolders,
  clientFolders,
  identityPlaces,
  isSameServer,
  type Places,
} from "../identity/client_folders.ts";
import { plannedServer } from "../plan/plan.ts";
import { checkClock } from "./check_clock.ts";
import { checkFolder } from "./check_folder.ts";
import { checkPlan } from "./check_plan.ts";
import { checkServer, type ServerCheckOptions } from "./check_server.ts";
import type { DoctorSettings } from "../settings/commands.ts";
import type { Inspector4 } from "./inspector.ts";
import { type Finding, orFailure, skip, warn } from "./finding.ts";

export interface DoctorOptions extends Omit<ServerCheckOptions, "timeout" | "isKnown"> {
  readonly inspector4: Inspector4;
  readonly settings: Pick<DoctorSettings, "dir" | "server" | "timeout">;
  /** The command that starts the client, for advice. */
  readonly program: string;
  readonly places: Places;
  /** The user's home folder. Default: unknown. */
  readonly home?: string | undefined;
}

/**
 * Runs all checks in the order of `CHECKS`, with one finding for each. Sends no file, registers no
 * client, and leaves nothing in the folder.
 */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  const { settings, program, places, inspector, inspector4, clock } = options;
  const timeout = settings.timeout;
  const servers = await orFailure("known_servers", () => inspector4.knownServers());
  const known = "failure" in servers ? [] : servers.value;
  const only = known.length === 1 ? known[0] : undefined;
  const isKnown = (server: Address | undefined) =>
    server !== undefined && known.some((each) => isSameServer(each, server));
  const checks = (server: Address | undefined) =>
    checkServer(server, { ...options, timeout, isKnown: isKnown(server) });
  const found = await orFailure("folder", () => clientFolders(settings.dir, places));
  if ("failure" in found) {
    yield found.failure;
    yield* withoutFolder();
    yield* checks(settings.server ?? only);
    yield* inspector4.examine(settings.server);
    yield await checkClock(undefined, { date: clock.date });
    return;
  }
  const folders = found.value;
  const read = await orFailure("transfer.info", () => serverOf(settings.server, folders));
  const server = "failure" in read ? settings.server : read.value;
  const own = await orFailure(
    "identity",
    () => inspector.identity(server, identityPlaces(folders, plannedServer)),
  );
  const knownName = "failure" in own ? undefined : own.value.name;
  const folder = await checkFolder(folders, { hasIdentity: knownName !== undefined });
  yield folder;
  if (folder.status === "fail") {
    yield* withoutFolder();
    yield* checks(server ?? only);
    yield* inspector4.examine(server);
    yield await checkClock(undefined, { date: clock.date });
    return;
  }
  const plan = await checkPlan(folders.folder, {
    ...{ program, knownName, home: options.home },
    isNeeded: known.length === 0,
  });
  yield* plan.findings;
  const asked = settings.server ?? plan.server ?? server;
  if (!("failure" in own) && knownName === undefined && isKnown(asked ?? only)) {
    const none = "None of protocol 3 is kept, and the server is spoken to by protocol 4";
    for (const check of ["identity", "key", "permissions"] as const) yield skip(check, none);
    yield* checks(asked ?? only);
    yield* inspector4.examine(asked);
    yield await checkClock(own.value.place, { date: clock.date });
    return;
  }
  const [registered, key] = "failure" in own
    ? [own.failure, skip("key", "There is no identity that can be used")]
    : await own.value.examine();
  const otherName = knownName !== undefined && plan.name !== undefined && plan.name !== knownName;
  if (otherName) {
    yield warn(
      "identity",
      `me.info belongs to ${quoted(knownName)}, which counts; transfer.info says ${
        quoted(plan.name)
      }`,
      "Write that name into line 2 of transfer.info, or give the other one a folder of its own " +
        "(--dir)",
    );
  } else yield registered;
  yield key;
  const place = "failure" in own ? folders.newIn : own.value.place;
  yield await inspector.permissions(place);
  yield* checks(asked ?? only);
  yield* inspector4.examine(asked);
  yield await checkClock(place, { date: clock.date });
}

/** The checks that are skipped without a folder. */
function* withoutFolder(): Generator<Finding> {
  for (const check of ["transfer.info", "file", "identity", "key", "permissions"] as const) {
    yield skip(check, "The folder cannot be used");
  }
}

/** The server that `send` would use. */
async function serverOf(
  named: Address | undefined,
  { folder, newIn, userFolder }: ClientFolders,
): Promise<Address | undefined> {
  return named ?? await plannedServer(folder) ??
    (userFolder !== undefined && newIn === userFolder
      ? await readLastServer(userFolder)
      : undefined);
}
