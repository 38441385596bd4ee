import { quoted, quotedPath } from "../../shared/files/quoted.ts";
import { IdentityFiles } from "../identity/identity_files.ts";
import { clientFolder, placesAt } from "../plan/client_folder.ts";
import { checkClock } from "./check_clock.ts";
import { checkIdentity, checkPermissions } from "./check_identity.ts";
import { checkPlan } from "./check_plan.ts";
import { checkServer, type ServerCheckOptions } from "./check_server.ts";
import type { DoctorSettings } from "./doctor_settings.ts";
import { type Finding, ok, orFailure, skip, warn } from "./finding.ts";

/** What an examination needs. */
export interface DoctorOptions extends Omit<ServerCheckOptions, "timeout"> {
  readonly settings: Pick<DoctorSettings, "dir" | "server" | "timeout">;
  /** How the client is called, for what is said about it. */
  readonly program: string;
  /** The folder that the client was started in; the current one by default. */
  readonly home?: string;
}

/**
 * Examines what usually goes wrong, in the order of `CHECKS`, one finding for each. It sends no file,
 * registers nobody, and leaves nothing in the folder.
 */
export async function* examine(options: DoctorOptions): AsyncGenerator<Finding> {
  const { settings, program, now, home = "." } = options;
  const found = await orFailure("folder", async () => {
    const folder = await clientFolder(settings.dir, placesAt(home));
    await new IdentityFiles(folder).checkWritable();
    return folder;
  });
  const timeout = settings.timeout;
  if ("failure" in found) {
    yield found.failure;
    for (const check of ["transfer.info", "file", "identity", "key", "permissions"] as const) {
      yield skip(check, "The folder cannot be used");
    }
    yield* checkServer(settings.server, { ...options, timeout });
    yield await checkClock(undefined, { now });
    return;
  }
  const folder = found.value;
  yield ok(
    "folder",
    `${folder === "." ? "The current folder" : quotedPath(folder)} can be written`,
  );

  const { findings: identityFindings, identity } = await checkIdentity(folder);
  const plan = await checkPlan(folder, { program, knownName: identity?.name });
  yield* plan.findings;
  const otherName = identity !== undefined && plan.name !== undefined &&
    plan.name !== identity.name;
  const [registered, ...rest] = identityFindings;
  if (otherName) {
    yield warn(
      "identity",
      `me.info belongs to ${quoted(identity.name)}, which counts; transfer.info says ${
        quoted(plan.name)
      }`,
      "Write that name into line 2 of transfer.info, or give the other one a folder of its own " +
        "(--dir)",
    );
  } else if (registered !== undefined) {
    yield registered;
  }
  yield* rest;
  yield await checkPermissions(folder);
  yield* checkServer(settings.server ?? plan.server, { ...options, timeout });
  yield await checkClock(folder, { now });
}
