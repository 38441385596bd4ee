import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type { PieceRows, UploadPieces } from "../../contents/upload_parts.ts";
import type {
  CreatedUpload,
  NewUpload,
  Progress,
  UploadGeneration,
  UploadRecord,
  UploadRows,
} from "../../trees/upload_rows.ts";
import {
  MOST_UPLOADS,
  type UploadCommit,
  type UploadCommitted,
  type UploadKey,
} from "../../trees/uploads.ts";
import { checkMetadata, checkSize, checkTree } from "../entries/check_entry.ts";
import { commitUpload } from "./commit_upload.ts";
import {
  newestUnderWay,
  unknownUpload,
  uploadOf,
  type UploadRow,
  uploadRow,
  uploadUnderWay,
} from "./upload_row.ts";
import { forgetPieces, recordPieces, releaseUpload, uploadPieces } from "./upload_pieces.ts";
import {
  all,
  get,
  ofClient,
  type RowDatabase,
  run,
  type Work,
  type WriteOptions,
} from "../work.ts";

export interface SqlUploadRowsOptions {
  readonly clock: Pick<Clock, "date">;
  /** The number of this run of the server, not that of an earlier one; it may get another. */
  readonly run: number | (() => number);
  /** Milliseconds from its last byte, or its commit, until an upload expires. */
  readonly uploadTime: number;
}

/** The rows of uploads in a database. */
export class SqlUploadRows implements UploadRows, PieceRows {
  readonly #database: RowDatabase;
  readonly #options: SqlUploadRowsOptions;

  constructor(database: RowDatabase, options: SqlUploadRowsOptions) {
    this.#database = database;
    this.#options = options;
  }

  create(upload: NewUpload): Promise<CreatedUpload> {
    return this.#write(upload, () => this.#create(upload));
  }

  find(key: UploadKey): Promise<UploadRecord | undefined> {
    const [own, now] = [this.#run(), this.#now()];
    return this.#database.read(function* () {
      const row = yield* uploadRow(key, now);
      return row && uploadOf(row, own);
    });
  }

  list(clientId: ClientId): Promise<readonly UploadRecord[]> {
    const [own, now] = [this.#run(), this.#now()];
    return this.#database.read(function* () {
      const rows = yield* all<UploadRow>(
        "SELECT * FROM uploads WHERE ID = ? AND Version IS NULL AND Expires > ?" +
          " ORDER BY CreatedAt DESC, rowid DESC",
        ...[clientId, now.toISOString()],
      );
      return rows.map((row) => uploadOf(row, own));
    });
  }

  open(key: UploadKey): Promise<number> {
    const dates = () => [this.#now(), this.#expires()] as const;
    return this.#write(key, function* () {
      const [now, expires] = dates();
      const generation = (yield* uploadUnderWay(key, now)).Generation + 1;
      const set = "UPDATE uploads SET Generation = ?, Expires = ? WHERE UploadID = ?";
      yield* run(set, generation, expires, key.id);
      return generation;
    }, { durable: false });
  }

  expectNewest(upload: UploadGeneration): Promise<void> {
    return this.#database.read(function* () {
      yield* newestUnderWay(upload);
    });
  }

  recovered(key: UploadKey, offset: number): Promise<void> {
    const [own, date] = [this.#run(), () => this.#now()];
    return this.#write(key, function* () {
      const now = date();
      const { Contents } = yield* uploadUnderWay(key, now);
      const set = 'UPDATE uploads SET "Offset" = ?, Run = ? WHERE UploadID = ?';
      yield* run(set, offset, own, key.id);
      if (Contents !== null) yield* forgetPieces(Contents, { offset, now });
    });
  }

  pieces(contents: string): Promise<UploadPieces> {
    return this.#database.read(() => uploadPieces(contents));
  }

  advance({ key, generation, offset, made }: Progress): Promise<void> {
    const dates = () => [this.#now(), this.#expires()] as const;
    return this.#write(key, function* () {
      const [now, expires] = dates();
      const row = yield* newestUnderWay({ key, generation });
      yield* run(
        'UPDATE uploads SET "Offset" = ?, Expires = ? WHERE UploadID = ?',
        ...[offset, expires, key.id],
      );
      if (row.Contents !== null) yield* recordPieces(row.Contents, { ...made, now });
    });
  }

  setSize(key: UploadKey, size: number): Promise<void> {
    const now = () => this.#now();
    return this.#write(key, function* () {
      checkSize(size);
      const row = yield* uploadUnderWay(key, now());
      if ((row.Size !== null && row.Size !== size) || row.Offset > size) {
        const { Size, Offset } = row;
        throw new StorageError(
          "values-refused",
          `The upload cannot have ${size} bytes: it has ${Size ?? `${Offset} or more`}`,
        );
      }
      yield* run("UPDATE uploads SET Size = ? WHERE UploadID = ?", size, key.id);
    });
  }

  commit(commit: UploadCommit, contents: string | undefined): Promise<UploadCommitted> {
    return this.#write(commit, () => {
      const expires = new Date(this.#expires());
      return commitUpload(commit, { contents, now: this.#now(), expires });
    });
  }

  remove(key: UploadKey): Promise<boolean> {
    const date = () => this.#now();
    return this.#write(key, function* () {
      const now = date();
      const row = yield* uploadRow(key, now);
      if (row !== undefined) yield* removeRow(row, now);
      return row !== undefined;
    }, { mayUseReserve: true });
  }

  async removeExpired(limit: number, open: ReadonlySet<string>): Promise<readonly string[]> {
    const date = this.#now().toISOString();
    const now = () => this.#now();
    const found = await this.#database.read(() =>
      all<UploadRow>(
        "SELECT * FROM uploads WHERE Expires <= ? ORDER BY Expires LIMIT ?",
        ...[date, limit + open.size],
      )
    );
    const expired = found.filter(({ UploadID }) => !open.has(UploadID)).slice(0, limit);
    if (expired.length === 0) return [];
    const of = [...new Set(expired.map(({ ID }) => ofClient(ID)))];
    return await this.#database.write(function* () {
      const removed: string[] = [];
      for (const { UploadID } of expired) {
        const still = "SELECT * FROM uploads WHERE UploadID = ? AND Expires <= ?";
        const row = yield* get<UploadRow>(still, UploadID, date);
        if (row === undefined) continue;
        yield* removeRow(row, now());
        removed.push(UploadID);
      }
      return removed;
    }, { of, mayUseReserve: true });
  }

  *#create(upload: NewUpload): Work<CreatedUpload> {
    checkUpload(upload);
    const [own, now] = [this.#run(), this.#now()];
    const parked = yield* sameUpload(upload, now);
    if (parked !== undefined) return { upload: uploadOf(parked, own), parked: true, removed: [] };
    const removed = yield* all<UploadRow>(
      "SELECT * FROM uploads WHERE ID = ? AND Version IS NULL ORDER BY Expires DESC" +
        " LIMIT 1000000000 OFFSET ?",
      ...[upload.clientId, MOST_UPLOADS - 1],
    );
    for (const row of removed) yield* removeRow(row, now);
    const { id, clientId, path, size, tree, mtime, mode, contents } = upload;
    yield* run(
      "INSERT INTO uploads (UploadID, ID, Path, PathKey, Size, Tree, MTime, Mode, Contents, Run," +
        " CreatedAt, Expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, clientId, path, nameKey(path), size ?? null, tree ?? null, mtime ?? null],
      ...[mode ?? null, contents, own, now.toISOString(), this.#expires()],
    );
    const row = yield* uploadRow({ clientId, id }, now);
    if (row === undefined) throw unknownUpload({ clientId, id });
    return {
      upload: uploadOf(row, own),
      parked: false,
      removed: removed.map(({ UploadID }) => UploadID),
    };
  }

  #write<T>(
    { clientId }: Pick<UploadKey, "clientId">,
    work: () => Work<T>,
    options: Omit<WriteOptions, "of"> = {},
  ): Promise<T> {
    return this.#database.write(work, { of: [ofClient(clientId)], ...options });
  }

  #run(): number {
    const { run } = this.#options;
    return typeof run === "number" ? run : run();
  }

  #now(): Date {
    return this.#options.clock.date();
  }

  #expires(): string {
    return new Date(this.#now().getTime() + this.#options.uploadTime).toISOString();
  }
}

/** Without anything that tells contents apart, none is the same. */
function* sameUpload(
  { clientId, path, size, mtime, tree }: NewUpload,
  now: Date,
): Work<UploadRow | undefined> {
  if (size === undefined || (mtime === undefined && tree === undefined)) return undefined;
  return yield* get<UploadRow>(
    "SELECT * FROM uploads WHERE ID = ? AND PathKey = ? AND Version IS NULL AND Size = ?" +
      " AND MTime IS NOT DISTINCT FROM ? AND Tree IS NOT DISTINCT FROM ? AND Expires > ?",
    ...[clientId, nameKey(path), size, mtime ?? null, tree ?? null, now.toISOString()],
  );
}

function* removeRow({ UploadID, Contents }: UploadRow, now: Date): Work<void> {
  yield* run("DELETE FROM uploads WHERE UploadID = ?", UploadID);
  if (Contents !== null) yield* releaseUpload(Contents, { now });
}

function checkUpload({ path, size, tree, ...metadata }: NewUpload): void {
  splitNewTreePath(path);
  checkMetadata(metadata);
  if (size !== undefined) checkSize(size);
  if (tree !== undefined) checkTree(tree);
}
