import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { formatAddress } from "../../shared/text/address.ts";
import { NAME, type OwnParty } from "./own_party.ts";
import { INSPECTOR } from "../../client/protocol3/inspection/inspect_identity.ts";
import { type DoctorOptions, examine } from "../../client/doctor/doctor.ts";
import type { Inspector4 } from "../../client/doctor/inspector.ts";
import { type CheckName, CHECKS, type Finding, skip } from "../../client/doctor/finding.ts";
import { NOBODY } from "./nobody.ts";
import { SYSTEM_CLOCK } from "../../client/system_clock.ts";
import type { Clock } from "../../shared/clock.ts";

/** What is known of servers of protocol 4: nothing. */
const NO_SERVERS: Inspector4 = {
  knownServers: () => Promise.resolve([]),
  async *examine() {
    for (const check of OF_4) yield await Promise.resolve(skip(check, "None is known"));
  },
};

/** The checks of protocol 4, which tests/protocol4/inspection_test.ts has. */
const OF_4 = ["known_servers", "server key", "login"] as const;

/** The findings of an examination, by check. Fails unless there is one for each, in order. */
export async function findings(
  dir: string | undefined,
  { settings = {}, ...options }:
    & Omit<Partial<DoctorOptions>, "settings">
    & { readonly settings?: Partial<DoctorOptions["settings"]> } = {},
): Promise<Readonly<Record<CheckName, Finding>>> {
  const found = await Array.fromAsync(examine({
    settings: { dir, server: undefined, timeout: 10_000, ...settings },
    program: "sealpost",
    inspector: INSPECTOR,
    inspector4: NO_SERVERS,
    places: { current: ".", own: undefined, userFolder: undefined },
    resolve: () => Promise.reject(new Error("nobody knows it")),
    clock: SYSTEM_CLOCK,
    detail: () => {},
    ...options,
  }));
  deepStrictEqual(found.map(({ check }) => check), [...CHECKS]);
  for (const { status, message, advice, exitCode } of found) {
    match(message, /^[^\n]*[^.\n]$/);
    strictEqual(advice !== undefined, status === "warn" || status === "fail", message);
    strictEqual(exitCode !== undefined, status === "fail", message);
  }
  const byCheck: Partial<Record<CheckName, Finding>> = {};
  for (const finding of found) byCheck[finding.check] = finding;
  ok(isComplete(byCheck));
  return byCheck;
}

/** A clock that shows another date. */
export function at(date: () => number): Clock {
  return { ...SYSTEM_CLOCK, date: () => new Date(date()) };
}

function isComplete(
  found: Partial<Record<CheckName, Finding>>,
): found is Readonly<Record<CheckName, Finding>> {
  return CHECKS.every((check) => Object.hasOwn(found, check));
}

/** The checks that are not `ok`, each with its status. */
export function unwell(
  found: Readonly<Record<CheckName, Finding>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.values(found)
      .filter(({ check, status }) => status !== "ok" && !OF_4.some((other) => other === check))
      .map(({ check, status }) => [check, status]),
  );
}

/** Writes a `transfer.info` that names a file in the same folder. */
export async function writePlan(
  own: OwnParty,
  { server = NOBODY, name = NAME, path = "a.txt" }: {
    readonly server?: { readonly host: string; readonly port: number };
    readonly name?: string;
    readonly path?: string;
  } = {},
): Promise<void> {
  await own.file("a.txt", "abc");
  const lines = [formatAddress(server), name, path, ""];
  await Deno.writeTextFile(join(own.folder, "transfer.info"), lines.join("\n"), { mode: 0o644 });
}
