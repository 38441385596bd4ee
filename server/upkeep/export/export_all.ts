import { clientIdText } from "../../../shared/wire/client_id.ts";
import { foldName, pathsFor } from "../../storage/names/distinct_path.ts";
import { isContentKey, locationOf } from "../../storage/names/location.ts";
import {
  countFiles,
  entryOf,
  fileNow,
  filesAfter,
  type StoredFile,
} from "../../storage/sql/stored_files.ts";
import { childrenAfter, clientsAfter, type StoredClient } from "../../storage/sql/stored_trees.ts";
import { type EntryRow, KINDS, ROOT } from "../../storage/sql/entries/entry_rows.ts";
import { StorageError } from "../../storage/storage_error.ts";
import type { Stored } from "../../storage/stored.ts";
import { storedPieces } from "../stored_pieces.ts";
import { type NewTreeHash, Summing } from "../summing.ts";
import { BlockedError, type ExportFolder, LISTS, TREES } from "./export_folder.ts";

/** Rows on a page, files that are fetched at once, and tries of one that changes meanwhile. */
const PAGE = 500;
const AT_ONCE = 4;
const TRIES = 5;

/** What was exported. */
export interface Exported {
  readonly files: number;
  readonly bytes: number;
  /** Of the files, those that were there already. */
  readonly there: number;
  /** Links of trees, which are in a list. */
  readonly links: number;
}

/** A file that could not be exported, and why: `missing`, `damaged` or `blocked`. */
export interface NotExported {
  readonly kind: "missing" | "damaged" | "blocked";
  readonly what: string;
}

export interface ExportAllOptions {
  readonly stored: Stored;
  readonly folder: ExportFolder;
  readonly newTreeHash: NewTreeHash;
  readonly onFault: (fault: NotExported) => void;
  readonly onProgress: (exported: Exported, of: number) => void;
}

/** A file, where it goes to, and its time. */
interface Wanted {
  readonly file: StoredFile;
  readonly path: readonly string[];
  readonly mtime?: Date;
}

/**
 * Writes all files to a folder, those of protocol 3 to `received_files/<id>/<name>`, the trees of
 * protocol 4 to `trees/<id>/<path>`. What is there with the right size and checksum stays. Throws a
 * `StorageError`, and a `StartupError` if the folder cannot be written.
 */
export async function exportAll(options: ExportAllOptions): Promise<Exported> {
  const { stored, folder, onFault, onProgress } = options;
  const { rows } = stored;
  const count = await rows.read(countFiles);
  const of = count.files + count.entries;
  const done = { files: 0, bytes: 0, there: 0, links: 0 };
  await folder.place([LISTS.clients], {
    async write(append) {
      for await (const { id, name, protocol } of clients()) {
        await append(lineOf(clientIdText(id), `${protocol}`, JSON.stringify(name)));
      }
    },
  });
  await exportNamed();
  await folder.place([LISTS.links], {
    async write(append) {
      for await (const { id, protocol } of clients()) {
        if (protocol === 4) await exportFolder(id, { append, path: [TREES, clientIdText(id)] });
      }
    },
  });
  await folder.finish();
  return done;

  async function* clients(): AsyncGenerator<StoredClient> {
    let page = await rows.read(() => clientsAfter(undefined, PAGE));
    while (page.length > 0) {
      yield* page;
      const last = page.at(-1)?.id;
      page = await rows.read(() => clientsAfter(last, PAGE));
    }
  }

  /** The files of protocol 3. In a data folder their paths are distinct already. */
  async function exportNamed(): Promise<void> {
    let names = new DistinctNames();
    let owner = "";
    let page = await rows.read(() => filesAfter(undefined, PAGE));
    while (page.length > 0) {
      await exportThese(page.map((file) => {
        const { clientId, name, place } = file;
        const id = clientIdText(clientId);
        if (id !== owner) [owner, names] = [id, new DistinctNames()];
        const location = isContentKey(place) ? locationOf(clientId, names.assign(name)) : place;
        return { file, path: location.split("/") };
      }));
      const last = page.at(-1);
      page = await rows.read(() => filesAfter(last, PAGE));
    }
  }

  /** A folder of a tree, with all that is in it. */
  async function exportFolder(
    clientId: StoredClient["id"],
    { append, path, parent = ROOT }: {
      readonly append: (piece: Uint8Array) => Promise<void>;
      readonly path: readonly string[];
      readonly parent?: number;
    },
  ): Promise<void> {
    const names = new DistinctNames();
    try {
      await folder.make(path);
    } catch (error) {
      if (!(error instanceof BlockedError)) throw error;
      return onFault({ kind: "blocked", what: path.join("/") });
    }
    for (let after = "";;) {
      const from = { clientId, parent, after };
      const page = await rows.read(() => childrenAfter(from, PAGE));
      const end = page.at(-1);
      if (end === undefined) return;
      after = end.NameKey;
      const named = page.map((row) => ({ row, path: [...path, names.assign(row.Name)] }));
      await exportThese(
        named.flatMap(({ row, path }) =>
          entryOf(row).map((file) => ({ file, path, ...timeOf(row) }))
        ),
      );
      for (const { row, path } of named) {
        if (row.Kind === KINDS.link) {
          done.links++;
          const shown = JSON.stringify(path.slice(1).join("/"));
          await append(lineOf(shown, JSON.stringify(row.Target)));
        } else if (row.Kind === KINDS.folder) {
          await exportFolder(clientId, { append, path, parent: row.EntryID });
        }
      }
    }
  }

  async function exportThese(wanted: readonly Wanted[]): Promise<void> {
    const left = wanted.values();
    const work = async () => {
      for (const one of left) {
        const result = await exportFile(one, options);
        if (typeof result === "object") onFault(result);
        else {
          done.files++;
          done.bytes += one.file.size;
          if (result === "there") done.there++;
        }
        onProgress(done, of);
      }
    };
    const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const one of results) if (one.status === "rejected") throw one.reason;
  }
}

/** Exports a file; one that a server replaces or removes meanwhile is looked up again. */
async function exportFile(
  { file, path, mtime }: Wanted,
  options: ExportAllOptions,
): Promise<"there" | "written" | NotExported> {
  const { stored, folder, newTreeHash } = options;
  const what = path.join("/");
  let current = file;
  for (let tries = 1;; tries++) {
    const there = await folder.read(path);
    if (there !== undefined && await hasSum(there, current, newTreeHash)) return "there";
    let fault: NotExported;
    try {
      await write(current);
      return "written";
    } catch (error) {
      if (error instanceof BlockedError) return { kind: "blocked", what };
      if (!(error instanceof WrongContents)) throw error;
      fault = { kind: error.kind, what };
    }
    const last = current;
    const now = await stored.rows.read(() => fileNow(last));
    if (now === undefined) return "written";
    const isSame = now.place === last.place && String(now.sum) === String(last.sum);
    if (isSame || tries === TRIES) return fault;
    current = now;
  }

  function write(one: StoredFile): Promise<void> {
    return folder.place(path, {
      ...(mtime && { mtime }),
      async write(append) {
        const sums = new Summing(one.sum, newTreeHash);
        try {
          const pieces = await storedPieces(one, stored);
          if (pieces === undefined) throw new WrongContents("missing");
          for await (const piece of pieces) {
            sums.add(piece);
            await append(piece);
          }
        } catch (error) {
          if (!(error instanceof StorageError)) throw error;
          if (error.reason === "contents-missing") throw new WrongContents("missing");
          if (error.reason === "disk-failed") throw new WrongContents("damaged");
          throw error;
        }
        if (sums.size !== one.size || !sums.fits()) throw new WrongContents("damaged");
      },
    });
  }
}

/** Contents that are not as they are on record. */
class WrongContents extends Error {
  override readonly name = "WrongContents";
  readonly kind: "missing" | "damaged";

  constructor(kind: "missing" | "damaged") {
    super(kind);
    this.kind = kind;
  }
}

async function hasSum(
  contents: ReadableStream<Uint8Array>,
  { size, sum }: StoredFile,
  newTreeHash: NewTreeHash,
): Promise<boolean> {
  const sums = new Summing(sum, newTreeHash);
  for await (const piece of contents) sums.add(piece);
  return sums.size === size && sums.fits();
}

/** The time of an entry, which a client has given in nanoseconds since 1970. */
function timeOf({ MTime }: EntryRow): { readonly mtime?: Date } {
  if (MTime === null) return {};
  // As a number it would be off by a millisecond now and then.
  const mtime = new Date(Number(BigInt(MTime) / 1_000_000n));
  return Number.isNaN(mtime.getTime()) ? {} : { mtime };
}

function lineOf(...values: readonly string[]): Uint8Array {
  return new TextEncoder().encode(`${values.join("\t")}\n`);
}

/** Names in one folder, none of which any system takes for another. */
class DistinctNames {
  readonly #folded = new Set<string>();

  /**
   * Returns the name, or that with a number, or with a mark, if it was taken by another one. The
   * same names in the same order get the same.
   */
  assign(name: string): string {
    let last = name;
    for (const path of pathsFor(name)) {
      last = path;
      if (!this.#folded.has(foldName(path))) break;
    }
    this.#folded.add(foldName(last));
    return last;
  }
}
