import { displayOf } from "../../../shared/settings/output.ts";
import { visible } from "../../../shared/text/quoted.ts";
import { runServerCommand } from "../../run_small_command.ts";
import {
  type DoctorSettings,
  readDoctorCommandLine,
} from "../../settings/commands/doctor_settings.ts";
import { isPostgresAddress } from "../../storage/access/database_address.ts";
import { storageOf } from "../../settings/storage_settings.ts";
import type { UpkeepParts } from "../upkeep_parts.ts";
import { examineBucket } from "./examine_bucket.ts";
import { examinePostgres, examineSqlite, type KnownPlace } from "./examine_database.ts";
import { examineFolder, examineSpool } from "./examine_folder.ts";
import { CHECKS, fail, type Finding } from "./finding.ts";

const COLORS = { ok: 32, warn: 33, fail: 31, skip: 90 } as const;
const NAME_WIDTH = Math.max(...CHECKS.map((check) => check.length));
const INDENT = " ".repeat("warn".length + 2 + NAME_WIDTH + 2);

/** All findings as an object for JSON. The names are part of the program's interface. */
export interface JsonDoctor {
  /** Whether nothing failed. */
  readonly ok: boolean;
  readonly exitCode: number;
  readonly checks: readonly Finding[];
}

/** Examines the storage of a server. Returns the exit code: 0, or 1 if something failed. */
export function runDoctor(args: readonly string[], parts: UpkeepParts): Promise<number> {
  const { io } = parts;
  return runServerCommand({
    read: readDoctorCommandLine,
    async run(settings: DoctorSettings, { stdout }) {
      const { json } = settings;
      const { colors } = displayOf(io.stdout, io.env);
      const checks: Finding[] = [];
      for await (const finding of examine(settings, parts)) {
        checks.push(finding);
        if (!json) stdout.write(findingText(finding, colors));
      }
      const ok = checks.every(({ status }) => status !== "fail");
      const exitCode = ok ? 0 : 1;
      const result: JsonDoctor = { ok, exitCode, checks };
      stdout.write(json ? `${JSON.stringify(result)}\n` : summaryText(checks));
      return exitCode;
    },
  }, { args, io });
}

async function* examine(
  settings: DoctorSettings,
  { io, serverKey }: UpkeepParts,
): AsyncGenerator<Finding> {
  const storage = await storageOf(settings, io);
  const { data, database, bucket, clock } = storage;
  yield* examineFolder({ data, clock, serverKey });
  let known: KnownPlace | undefined;
  if (database !== undefined && isPostgresAddress(database)) {
    known = yield* examinePostgres({ ...storage, database });
    if (bucket === undefined) {
      yield fail(
        "bucket",
        "A PostgreSQL needs a bucket, where all its servers reach the contents of files",
        "Name one with --store",
      );
    }
  } else known = yield* examineSqlite({ data, database });
  yield* examineBucket(storage, { known, uploadTime: settings.uploadTime });
  if (bucket !== undefined) yield await examineSpool(settings);
}

function findingText({ check, status, message, advice }: Finding, colors: boolean): string {
  const word = status.padEnd(4);
  const shown = colors ? `\x1b[${COLORS[status]}m${word}\x1b[0m` : word;
  const line = `${shown}  ${check.padEnd(NAME_WIDTH)}  ${visible(message)}\n`;
  return advice === undefined ? line : `${line}${INDENT}${visible(advice)}\n`;
}

function summaryText(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) =>
    findings.filter((finding) => finding.status === status).length;
  const [failures, warnings] = [count("fail"), count("warn")];
  if (failures === 0 && warnings === 0) return "All is well\n";
  const parts = [
    ...failures > 0 ? [`${failures} failed`] : [],
    ...warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : [],
  ];
  return `${parts.join(", ")}\n`;
}
