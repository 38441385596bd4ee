import { messageOf, quoted } from "../../shared/text/quoted.ts";
import { type Address, formatAddress } from "../../shared/text/address.ts";
import { formatDuration } from "../../shared/settings/quantity.ts";
import { lateBuiltin } from "../../shared/runtime.ts";
import type { Inspector } from "./inspector.ts";
import type { Clock } from "../../shared/clock.ts";
import { EXIT } from "../client_error.ts";
import { fail, type Finding, ok, orFailure, skip, warn } from "./finding.ts";

export interface ServerCheckOptions {
  /** The checks that depend on the protocol. */
  readonly inspector: Inspector;
  /** Whether its key is known, so that it is spoken to by protocol 4. */
  readonly isKnown: boolean;
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  /** The addresses of a host name. Throws when there is none. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  readonly clock: Clock;
  /** Receives details, one line at a time. */
  readonly detail: (line: string) => void;
}

/** Checks a server step by step, as far as it can be reached. */
export async function* checkServer(
  server: Address | undefined,
  options: ServerCheckOptions,
): AsyncGenerator<Finding> {
  const steps = ["name", "port", "revision"] as const;
  if (server === undefined) {
    for (const step of steps) yield skip(step, "No server is named");
    return;
  }
  const checks = { name: checkName, port: checkPort, revision: checkRevision };
  let failed = false;
  for (const step of steps) {
    const finding: Finding = failed
      ? skip(step, `${formatAddress(server)} could not be reached`)
      : await checks[step](server, options);
    failed ||= finding.status === "fail";
    yield finding;
  }
}

async function checkName(
  { host }: Address,
  { resolve, timeout, clock }: ServerCheckOptions,
): Promise<Finding> {
  if (lateBuiltin("node:net").isIP(host) !== 0) {
    return ok("name", `${host} is an address, which needs no resolution`);
  }
  let callOff = () => {};
  const late = new Promise<never>((_, reject) => {
    const noAnswer = () => reject(new Error(`no answer within ${timeout / 1000} s`));
    callOff = clock.after(timeout, noAnswer);
  });
  try {
    const addresses = await Promise.race([resolve(host), late]);
    return ok("name", `${quoted(host)} is ${addresses.join(", ")}`);
  } catch (error) {
    const why = messageOf(error);
    return fail("name", `The name ${quoted(host)} cannot be resolved: ${why}`, {
      advice: "Check its spelling and this machine's network, or write an IP address in its place",
      exitCode: EXIT.noConnection,
    });
  } finally {
    callOff();
  }
}

async function checkPort(
  server: Address,
  { inspector, timeout, clock }: ServerCheckOptions,
): Promise<Finding> {
  const begun = clock.now();
  const connected = await orFailure("port", () => inspector.connect(server, { timeout, clock }));
  if ("failure" in connected) return connected.failure;
  const time = formatDuration(clock.now() - begun);
  const close = connected.value;
  await close();
  return ok("port", `${formatAddress(server)} takes connections (after ${time})`);
}

async function checkRevision(
  server: Address,
  { inspector, isKnown, timeout, clock, detail }: ServerCheckOptions,
): Promise<Finding> {
  if (isKnown) return skip("revision", "Its key is known: it is spoken to by protocol 4");
  const probed = await orFailure(
    "revision",
    () => inspector.probe({ server, timeout, clock, detail }),
  );
  if ("failure" in probed) return probed.failure;
  const { revision, certain, deviations } = probed.value;
  if (!certain) {
    return warn(
      "revision",
      `The server answers with errors only, as one of revision ${revision} or a related one would`,
      `See its log; if it is sure to work, name its revision with --revision ${revision}`,
    );
  }
  const shown = deviations.length === 0
    ? ""
    : `; it deviates, which is known how to deal with: ${deviations.join(", ")}`;
  return ok("revision", `The server speaks revision ${revision}${shown}`);
}
