import { runInvite } from "../../server/protocol4/invitations/run_invite.ts";
import { runRotateKey } from "../../server/protocol4/rotation/run_rotate_key.ts";
import { systemIo } from "../../server/server_io.ts";
import { runCheck } from "../../server/upkeep/check/run_check.ts";
import { runDoctor } from "../../server/upkeep/doctor/run_doctor.ts";
import { runExport } from "../../server/upkeep/export/run_export.ts";
import { runMigrate } from "../../server/upkeep/migrate/run_migrate.ts";
import { type UpkeepParts, upkeepParts } from "../../server/upkeep/upkeep_parts.ts";

const COMMANDS = {
  check: runCheck,
  doctor: runDoctor,
  export: runExport,
  invite: (args: readonly string[], { io }: UpkeepParts) => runInvite(args, io),
  migrate: runMigrate,
  "rotate-key": (args: readonly string[], { io }: UpkeepParts) => runRotateKey(args, io),
} as const;

/** The name of a command beside the server. */
export type UpkeepName = keyof typeof COMMANDS;

/** What a command has come to. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of upkeep in this process; it has these variables alone. */
export async function ran(
  name: UpkeepName,
  args: readonly string[],
  { env = {}, isTerminal = false, ahead = 0 }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly isTerminal?: boolean;
    /** Milliseconds by which the clock of this machine is wrong. */
    readonly ahead?: number;
  } = {},
): Promise<Ran> {
  const text = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    isTerminal: () => isTerminal,
    writeSync(bytes: Uint8Array) {
      text[name] += new TextDecoder().decode(bytes);
      return bytes.byteLength;
    },
  });
  const { clock, ...system } = systemIo();
  const io = {
    ...system,
    clock: { ...clock, date: () => new Date(clock.date().getTime() + ahead) },
    env: (name: string) => env[name],
    stdout: stream("out"),
    stderr: { ...stream("err"), write: () => Promise.resolve(0) },
  };
  return { code: await COMMANDS[name](["--from", "", ...args], upkeepParts(io)), ...text };
}
