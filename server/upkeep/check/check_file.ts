import { type Clock, pause } from "../../../shared/clock.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import {
  fileNow,
  rowContents,
  shownName,
  type StoredFile,
  type Unsettled,
  unsettled,
} from "../../storage/sql/stored_files.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { Stored } from "../../storage/stored.ts";
import { isInRow, needsNothing } from "../stored_pieces.ts";
import { type NewTreeHash, type Sum, Summing } from "../summing.ts";

/** What is wrong with a file, or with contents. */
export type FaultKind =
  /** A file on record has no contents. */
  | "missing"
  /** Its contents have another size. */
  | "size"
  /** Its contents have another checksum. */
  | "checksum"
  /** Its contents cannot be read. */
  | "unreadable"
  /** Contents that no row has. */
  | "nobody's";

/** Something that is not as it should be. */
export interface Fault {
  readonly kind: FaultKind;
  /** The file as `<client id>/<path>`; for contents without a row, where they lie. */
  readonly what: string;
  /** A sentence that says what was found, without a final period. */
  readonly message: string;
}

/** Looks at a file whose row and contents change between two looks, and milliseconds between. */
const LOOKS = 20;
const BETWEEN = 100;

/** What to check, and with what. */
export interface CheckFileOptions {
  readonly stored: Stored;
  readonly newTreeHash: NewTreeHash;
  readonly clock: Clock;
}

/** What was found of a file. */
export interface CheckedFile {
  /** Bytes that were read. */
  readonly bytes: number;
  readonly fault?: Fault;
}

/**
 * Compares a file with its contents. Where they differ it looks again: a server may have replaced
 * or removed the file meanwhile, which is no fault, nor is what the next start settles. Throws a
 * `StorageError` if the storage does not answer.
 */
export async function checkFile(
  file: StoredFile,
  options: CheckFileOptions,
): Promise<CheckedFile> {
  const { stored, clock } = options;
  let [current, bytes] = [file, 0];
  for (let look = 1;; look++) {
    const found = await lookAt(current, options);
    bytes += found.bytes;
    if (found.kind === undefined) return { bytes };
    const now = await stored.rows.read(() => fileNow(current));
    if (now === undefined) return { bytes };
    const isSame = now.place === current.place && now.size === current.size &&
      sameSum(now.sum, current.sum);
    if (isSame) {
      if (!await isUnsettled(current, options)) return { bytes, fault: await faultOf(now, found) };
      if (look > 1) return { bytes };
    }
    if (look === LOOKS) return { bytes };
    current = now;
    await pause(clock, BETWEEN);
  }

  async function faultOf(of: StoredFile, { kind, message }: Looked): Promise<Fault> {
    const what = await stored.rows.read(() => shownName(of));
    return { kind: kind ?? "missing", what, message };
  }
}

/** What a look has found: no kind, nothing wrong. */
interface Looked {
  readonly bytes: number;
  readonly kind?: FaultKind;
  readonly message: string;
}

async function lookAt(
  file: StoredFile,
  { stored, newTreeHash }: CheckFileOptions,
): Promise<Looked> {
  const { place, size, sum } = file;
  const sums = new Summing(sum, newTreeHash);
  const missing = { bytes: 0, kind: "missing", message: "it has no contents" } as const;
  try {
    if (isInRow(file)) {
      const row = await stored.rows.read(() => rowContents(place));
      if (row === undefined) return missing;
      sums.add(row);
    } else if (!needsNothing(file)) {
      const contents = await stored.contents.open(place);
      if (contents === undefined) return missing;
      if (contents.size !== size) {
        await contents[Symbol.asyncDispose]();
        return wrongSize(contents.size, size);
      }
      for await (const piece of contents.stream()) sums.add(piece);
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (error.reason === "contents-missing") return missing;
    if (error.reason !== "disk-failed" && error.reason !== "data-not-writable") throw error;
    return { bytes: sums.size, kind: "unreadable", message: error.message };
  }
  if (sums.size !== size) return wrongSize(sums.size, size);
  if (sums.fits()) return { bytes: size, message: "" };
  return { bytes: size, kind: "checksum", message: "its contents have another checksum" };
}

function wrongSize(found: number, size: number): Looked {
  return {
    bytes: 0,
    kind: "size",
    message: `its contents have ${found} bytes in place of ${size}`,
  };
}

/** Whether a commit of the file is under way, or was cut off: the next start settles it. */
async function isUnsettled(file: StoredFile, options: CheckFileOptions): Promise<boolean> {
  const { stored, newTreeHash } = options;
  if (!stored.hasJournal || file.entry !== undefined) return false;
  for (const one of await stored.rows.read(() => unsettled(file))) {
    if (await fits(one)) return true;
  }
  return false;

  async function fits({ size, sum, contents }: Unsettled): Promise<boolean> {
    if (contents === undefined) {
      return (await lookAt({ ...file, size, sum }, options)).kind === undefined;
    }
    const sums = new Summing(sum, newTreeHash);
    sums.add(contents);
    return sums.size === size && sums.fits();
  }
}

function sameSum(a: Sum, b: Sum): boolean {
  return typeof a === "number" || typeof b === "number" ? a === b : sameBytes(a, b);
}
