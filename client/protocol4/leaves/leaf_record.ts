import { blockHashNow, HASH_SIZE } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { toHex } from "../../../shared/text/encodings.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { inFolder } from "../../files/paths.ts";
import type { LocalFileEntry } from "../../remote/local_entry.ts";
import type { Leaves } from "./leaves.ts";

/** Leaves that are written together: a file of fewer blocks than that is hashed again at once. */
export const UNIT_LEAVES = 16;

/** Bytes before the leaves of a unit: the number of the unit, and a digest of number and leaves. */
const UNIT_HEAD = { number: 4, check: 12 } as const;

/** Bytes of a unit: its head and its leaves. */
const UNIT_SIZE: number = UNIT_HEAD.number + UNIT_HEAD.check + UNIT_LEAVES * HASH_SIZE;

/** The most records in a folder: as many as a server parks uploads for a client. */
const MOST_RECORDS = 64;

/**
 * Milliseconds for which a file must not have been changed before it is hashed: a change in the
 * same moment could leave its times as they were (FAT keeps times of 2 s, and the runtime tells
 * seconds of the time at which the system noted a change).
 */
const UNCHANGED_FOR = 2_000;

/**
 * The leaves of a file as they were when it had this path, size, time and number, on the disk: so
 * that a run that goes on with an upload does not read again what an earlier one has read. A file
 * that was changed since has another record. Losing it costs time, and so does what is wrong in it:
 * the server compares the whole tree at the end.
 *
 * A record has units of `UNIT_LEAVES` leaves in any order: two runs may write at a time, and a unit
 * that was cut is left out.
 */
export class LeafRecord {
  readonly #folder: string;
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();
  #isThere: boolean;

  private constructor(
    { folder, path, isThere }: {
      readonly folder: string;
      readonly path: string;
      readonly isThere: boolean;
    },
  ) {
    this.#folder = folder;
    this.#path = path;
    this.#isThere = isThere;
  }

  /**
   * The record of a file, whose leaves are added to `leaves`; undefined for a file that was changed
   * just before, or that cannot be looked at. `now`: the time in milliseconds since 1970.
   */
  static async of(
    entry: LocalFileEntry,
    { folder, file, leaves, now }: {
      /** The folder of records; made if it is missing. */
      readonly folder: string;
      readonly file: Pick<Deno.FsFile, "stat">;
      readonly leaves: Leaves;
      readonly now: number;
    },
  ): Promise<LeafRecord | undefined> {
    const info = await file.stat().catch(() => undefined);
    if (info === undefined) return undefined;
    const noted = info.ctime?.getTime() ?? 0;
    if (Math.max(entry.modified, noted) > now - UNCHANGED_FOR) return undefined;
    const facts = [entry.path, Deno.cwd(), entry.size, entry.modified, info.ino, info.dev, noted];
    const text = JSON.stringify(facts);
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    const path = inFolder(folder, toHex(new Uint8Array(digest)));
    const isThere = await read(path, leaves);
    return new LeafRecord({ folder, path, isThere });
  }

  /** Writes the leaves of a unit, of which all are known. Never rejects, and is not waited for. */
  add(unit: number, leaves: Uint8Array): void {
    const bytes = new Uint8Array(UNIT_SIZE);
    new DataView(bytes.buffer).setUint32(0, unit, true);
    bytes.set(leaves, UNIT_SIZE - leaves.byteLength);
    bytes.set(checkOf(bytes), UNIT_HEAD.number);
    this.#writing = this.#writing.then(() => this.#append(bytes)).catch(() => {
      // A record that cannot be written is one that is not there.
    });
  }

  /** Resolves when all that was added is written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** Removes the record: the file was sent. */
  async remove(): Promise<void> {
    await this.#writing;
    await Deno.remove(this.#path).catch(() => {});
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (!this.#isThere) {
      await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await makeRoom(this.#folder);
      this.#isThere = true;
    }
    await Deno.writeFile(this.#path, bytes, { append: true, mode: 0o600 });
  }
}

/** Adds the leaves of a record; returns whether there is one. */
async function read(path: string, leaves: Leaves): Promise<boolean> {
  const bytes = await Deno.readFile(path).catch(() => undefined);
  if (bytes === undefined) return false;
  const whole = bytes.byteLength - bytes.byteLength % UNIT_SIZE;
  for (let at = 0; at < whole; at += UNIT_SIZE) {
    const unit = bytes.subarray(at, at + UNIT_SIZE);
    const check = unit.subarray(UNIT_HEAD.number, UNIT_HEAD.number + UNIT_HEAD.check);
    if (!sameBytes(check, checkOf(unit))) continue;
    const first = new DataView(unit.buffer, unit.byteOffset).getUint32(0, true) * UNIT_LEAVES;
    for (let n = 0; n < UNIT_LEAVES; n++) {
      const begin = UNIT_HEAD.number + UNIT_HEAD.check + n * HASH_SIZE;
      leaves.set(first + n, unit.subarray(begin, begin + HASH_SIZE));
    }
  }
  // What is written next begins where a unit does.
  if (whole < bytes.byteLength) await Deno.truncate(path, whole).catch(() => {});
  return true;
}

/** The digest of a unit: its number and its leaves. */
function checkOf(unit: Uint8Array): Uint8Array {
  const covered = unit.slice();
  covered.fill(0, UNIT_HEAD.number, UNIT_HEAD.number + UNIT_HEAD.check);
  return blockHashNow(covered).subarray(0, UNIT_HEAD.check);
}

/** Removes the records that rested longest, so that there is room for one more. */
async function makeRoom(folder: string): Promise<void> {
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
  if (names.length < MOST_RECORDS) return;
  const paths = names.map((name) => inFolder(folder, name));
  const aged = await Promise.all(paths.map(async (path) => {
    const info = await Deno.lstat(path).catch(() => undefined);
    return { path, time: info?.mtime?.getTime() ?? 0 };
  }));
  aged.sort((a, b) => a.time - b.time);
  for (const { path } of aged.slice(0, names.length - MOST_RECORDS + 1)) {
    await Deno.remove(path).catch(() => {});
  }
}
