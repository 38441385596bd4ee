import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Clock } from "../../../../shared/clock.ts";
import { nameKey } from "../../../../shared/names/name_key.ts";
import { splitNewTreePath } from "../../names/tree_path.ts";
import { StorageError } from "../../storage_error.ts";
import type {
  CreatedUpload,
  NewUpload,
  Progress,
  UploadRecord,
  UploadRows,
} from "../../upload_rows.ts";
import {
  MOST_UPLOADS,
  type UploadCommit,
  type UploadCommitted,
  type UploadKey,
} from "../../uploads.ts";
import type { DurableDatabase } from "../durable_database.ts";
import type { Statements } from "../statements.ts";
import { checkMetadata, checkSize, checkTree } from "./check_entry.ts";
import { commitUpload } from "./commit_upload.ts";
import { releaseContents } from "./release_contents.ts";
import {
  unknownUpload,
  uploadOf,
  type UploadRow,
  uploadRow,
  uploadUnderWay,
} from "./upload_row.ts";

export interface SqliteUploadRowsOptions {
  readonly clock: Clock;
  /** The number of this run of the server, not that of an earlier one. */
  readonly run: number;
  /** Milliseconds from its last byte, or its commit, until an upload expires. */
  readonly uploadTime: number;
}

/** The rows of uploads in a SQLite database. */
export class SqliteUploadRows implements UploadRows {
  readonly #database: DurableDatabase;
  readonly #sql: Statements;
  readonly #options: SqliteUploadRowsOptions;

  constructor(database: DurableDatabase, options: SqliteUploadRowsOptions) {
    this.#database = database;
    this.#sql = database.sql;
    this.#options = options;
  }

  create(upload: NewUpload): Promise<CreatedUpload> {
    return this.#database.write(() => {
      checkUpload(upload);
      const parked = this.#same(upload);
      if (parked !== undefined) {
        return { upload: uploadOf(parked, this.#options.run), parked: true, removed: [] };
      }
      const removed = this.#sql.all<UploadRow>(
        "SELECT * FROM uploads WHERE ID = ? AND Version IS NULL ORDER BY Expires DESC" +
          " LIMIT -1 OFFSET ?",
        ...[upload.clientId, MOST_UPLOADS - 1],
      );
      for (const row of removed) this.#remove(row);
      return {
        upload: this.#insert(upload),
        parked: false,
        removed: removed.map(({ UploadID }) => UploadID),
      };
    });
  }

  find(key: UploadKey): Promise<UploadRecord | undefined> {
    return this.#database.read(() => {
      const row = uploadRow(this.#sql, key, this.#now());
      return row && uploadOf(row, this.#options.run);
    });
  }

  list(clientId: ClientId): Promise<readonly UploadRecord[]> {
    return this.#database.read(() =>
      this.#sql.all<UploadRow>(
        "SELECT * FROM uploads WHERE ID = ? AND Version IS NULL AND Expires > ?" +
          " ORDER BY CreatedAt DESC, rowid DESC",
        ...[clientId, this.#now().toISOString()],
      ).map((row) => uploadOf(row, this.#options.run))
    );
  }

  open(key: UploadKey): Promise<number> {
    return this.#database.write(() => {
      const generation = uploadUnderWay(this.#sql, key, this.#now()).Generation + 1;
      const set = "UPDATE uploads SET Generation = ? WHERE UploadID = ?";
      this.#sql.run(set, generation, key.id);
      return generation;
    }, { synced: () => false });
  }

  recovered(key: UploadKey, offset: number): Promise<void> {
    return this.#database.write(() => {
      uploadUnderWay(this.#sql, key, this.#now());
      const set = "UPDATE uploads SET Offset = ?, Run = ? WHERE UploadID = ?";
      this.#sql.run(set, offset, this.#options.run, key.id);
    });
  }

  advance({ key, generation, offset }: Progress): Promise<void> {
    return this.#database.write(() => {
      const row = uploadUnderWay(this.#sql, key, this.#now());
      if (row.Generation !== generation) {
        throw new StorageError("upload-taken-over", "The upload was opened again meanwhile");
      }
      this.#sql.run(
        "UPDATE uploads SET Offset = ?, Expires = ? WHERE UploadID = ?",
        ...[offset, this.#expires(), key.id],
      );
    });
  }

  setSize(key: UploadKey, size: number): Promise<void> {
    return this.#database.write(() => {
      checkSize(size);
      const row = uploadUnderWay(this.#sql, key, this.#now());
      if ((row.Size !== null && row.Size !== size) || row.Offset > size) {
        const { Size, Offset } = row;
        throw new StorageError(
          "values-refused",
          `The upload cannot have ${size} bytes: it has ${Size ?? `${Offset} or more`}`,
        );
      }
      this.#sql.run("UPDATE uploads SET Size = ? WHERE UploadID = ?", size, key.id);
    });
  }

  commit(commit: UploadCommit): Promise<UploadCommitted> {
    return this.#database.write(() => {
      const expires = new Date(this.#expires());
      return commitUpload(this.#sql, commit, { now: this.#now(), expires });
    });
  }

  remove(key: UploadKey): Promise<boolean> {
    return this.#database.write(() => {
      const row = uploadRow(this.#sql, key, this.#now());
      if (row !== undefined) this.#remove(row);
      return row !== undefined;
    });
  }

  removeExpired(limit: number): Promise<readonly string[]> {
    return this.#database.write(() => {
      const rows = this.#sql.all<UploadRow>(
        "SELECT * FROM uploads WHERE Expires <= ? ORDER BY Expires LIMIT ?",
        ...[this.#now().toISOString(), limit],
      );
      for (const row of rows) this.#remove(row);
      return rows.map(({ UploadID }) => UploadID);
    });
  }

  /** Without anything that tells contents apart, none is the same. */
  #same({ clientId, path, size, mtime, tree }: NewUpload): UploadRow | undefined {
    if (size === undefined || (mtime === undefined && tree === undefined)) return undefined;
    return this.#sql.get<UploadRow>(
      "SELECT * FROM uploads WHERE ID = ? AND PathKey = ? AND Version IS NULL AND Size = ?" +
        " AND MTime IS ? AND Tree IS ? AND Expires > ?",
      ...[clientId, nameKey(path), size, mtime ?? null, tree ?? null],
      this.#now().toISOString(),
    );
  }

  #insert({ id, clientId, path, size, tree, mtime, mode, contents }: NewUpload): UploadRecord {
    const { run } = this.#options;
    this.#sql.run(
      "INSERT INTO uploads (UploadID, ID, Path, PathKey, Size, Tree, MTime, Mode, Contents, Run," +
        " CreatedAt, Expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[id, clientId, path, nameKey(path), size ?? null, tree ?? null, mtime ?? null],
      ...[mode ?? null, contents, run, this.#now().toISOString(), this.#expires()],
    );
    const row = uploadRow(this.#sql, { clientId, id }, this.#now());
    if (row === undefined) throw unknownUpload({ clientId, id });
    return uploadOf(row, run);
  }

  #remove({ UploadID, Contents }: UploadRow): void {
    this.#sql.run("DELETE FROM uploads WHERE UploadID = ?", UploadID);
    releaseContents(this.#sql, Contents, this.#now());
  }

  #now(): Date {
    return this.#options.clock.date();
  }

  #expires(): string {
    return new Date(this.#now().getTime() + this.#options.uploadTime).toISOString();
  }
}

function checkUpload({ path, size, tree, ...metadata }: NewUpload): void {
  splitNewTreePath(path);
  checkMetadata(metadata);
  if (size !== undefined) checkSize(size);
  if (tree !== undefined) checkTree(tree);
}
