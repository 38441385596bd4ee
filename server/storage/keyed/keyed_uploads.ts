import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { ContentFiles, UploadPart } from "../contents/content_files.ts";
import { KeyedMutex } from "../commit/keyed_mutex.ts";
import { StorageError } from "../storage_error.ts";
import type { UploadRecord, UploadRows } from "../trees/upload_rows.ts";
import type {
  OpenUpload,
  Upload,
  UploadCommit,
  UploadCommitted,
  UploadKey,
  UploadPlan,
  Uploads,
} from "../trees/uploads.ts";
import { newKey } from "./keyed_new_contents.ts";
import { KeyedOpenUpload } from "./open_upload.ts";

/** Expired uploads that are removed in one transaction. */
const AT_ONCE = 100;

export interface KeyedUploadsOptions {
  readonly rows: UploadRows;
  readonly files: ContentFiles;
  /** Called when something was left to the sweeper. */
  readonly onReleased?: () => void;
}

/** Resumable uploads: their rows in the database, their bytes where `ContentFiles` has them. */
export class KeyedUploads implements Uploads, AsyncDisposable {
  readonly #rows: UploadRows;
  readonly #files: ContentFiles;
  readonly #released: () => void;
  readonly #uploads = new KeyedMutex();
  /** By id. */
  readonly #open = new Map<string, KeyedOpenUpload>();

  constructor({ rows, files, onReleased = () => {} }: KeyedUploadsOptions) {
    this.#rows = rows;
    this.#files = files;
    this.#released = onReleased;
  }

  async create(plan: UploadPlan): Promise<{ readonly upload: Upload; readonly parked: boolean }> {
    const { upload, parked, removed } = await this.#rows.create({
      ...plan,
      id: newKey(),
      contents: newKey(),
    });
    await this.#closeAll(removed);
    return { upload: parked ? await this.find(upload) ?? upload : upload, parked };
  }

  find(key: UploadKey): Promise<Upload | undefined> {
    return this.#uploads.run(key.id, () => this.#recovered(key));
  }

  async list(clientId: ClientId): Promise<readonly Upload[]> {
    return await this.#rows.list(clientId);
  }

  open(key: UploadKey): Promise<OpenUpload> {
    return this.#uploads.run(key.id, async () => {
      await this.#open.get(key.id)?.cutShort();
      const { part, upload } = await this.#underWay(key);
      const generation = await this.#rows.open(key);
      const expectNewest = () => this.#rows.expectNewest({ key, generation });
      const writer = await this.#files.append(part, expectNewest);
      const opened = new KeyedOpenUpload({
        key,
        writer,
        rows: this.#rows,
        generation,
        offset: upload.offset,
        size: upload.size,
        tail: () => this.#files.tail(part),
        onClosed: () => {
          if (this.#open.get(key.id) === opened) this.#open.delete(key.id);
        },
      });
      this.#open.set(key.id, opened);
      return opened;
    });
  }

  setSize(key: UploadKey, size: number): Promise<void> {
    return this.#uploads.run(key.id, async () => {
      // Who has it open would append beyond the size, and tell an offset behind it.
      await this.#open.get(key.id)?.cutShort();
      await this.#rows.setSize(key, size);
    });
  }

  leaves(key: UploadKey): Promise<ReadableStream<Uint8Array>> {
    return this.#uploads.run(key.id, async () => {
      const { contents: of, offset } = known(await this.#recovered(key), key);
      return of === undefined ? new Blob([]).stream() : this.#files.leaves({ key: of, offset });
    });
  }

  tail(key: UploadKey): Promise<Uint8Array<ArrayBuffer>> {
    return this.#uploads.run(key.id, async () => {
      const { contents: of, offset, size } = known(await this.#recovered(key), key);
      if (of === undefined) return new Uint8Array();
      const part = { key: of, offset, ...(size !== undefined && { size }) };
      return await this.#asRecorded(key, () => this.#files.tail(part));
    });
  }

  commit(commit: UploadCommit): Promise<UploadCommitted> {
    return this.#uploads.run(commit.id, async () => {
      await this.#open.get(commit.id)?.cutShort();
      const contents = await this.#finished(commit);
      const committed = await this.#rows.commit(commit, contents);
      this.#released();
      return committed;
    });
  }

  remove(key: UploadKey): Promise<boolean> {
    return this.#uploads.run(key.id, async () => {
      const removed = await this.#rows.remove(key);
      await this.#open.get(key.id)?.cutShort();
      if (removed) this.#released();
      return removed;
    });
  }

  async sweep(): Promise<number> {
    for (let swept = 0;;) {
      const removed = await this.#rows.removeExpired(AT_ONCE, new Set(this.#open.keys()));
      await this.#closeAll(removed);
      swept += removed.length;
      if (removed.length < AT_ONCE) return swept;
    }
  }

  /** Closes all open uploads, and keeps what there is of them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeAll([...this.#open.keys()]);
  }

  async #closeAll(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#open.get(id)?.cutShort()));
    if (ids.length > 0) this.#released();
  }

  /** Returns an upload with an offset that is true, also after a crash. */
  async #recovered(key: UploadKey): Promise<UploadRecord | undefined> {
    let upload = await this.#rows.find(key);
    if (upload?.contents === undefined || upload.recovered) return upload;
    // Another server may still append to it, and tell how far it got: it must not from here on.
    await this.#rows.open(key);
    upload = await this.#rows.find(key);
    if (upload?.contents === undefined || upload.recovered) return upload;
    const offset = await this.#files.recover({ key: upload.contents, offset: upload.offset });
    await this.#rows.recovered(key, offset);
    return { ...upload, offset, recovered: true };
  }

  /** Returns the key of the contents that an upload becomes, if all of it is there. */
  async #finished(commit: UploadCommit): Promise<string | undefined> {
    const upload = await this.#recovered(commit);
    const { contents: key, offset = 0, size = offset } = upload ?? {};
    if (key === undefined || offset !== commit.size || offset !== size) return undefined;
    // What is finished takes no more bytes, also if the commit fails.
    if (upload?.size === undefined) await this.#rows.setSize(commit, size);
    return await this.#asRecorded(commit, () => this.#files.finish({ key, offset, size }));
  }

  /**
   * Does what needs the contents as they are on record. If the store refuses it since a part is
   * another one, put by a request that did not know yet that it was over, the upload goes on before
   * that part: `upload-taken-over`.
   */
  async #asRecorded<T>(key: UploadKey, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StorageError) || error.reason !== "store-refused") throw error;
      const { contents, offset } = known(await this.#rows.find(key), key);
      if (contents === undefined) throw error;
      const there = await this.#files.recover({ key: contents, offset });
      if (there >= offset) throw error;
      await this.#rows.recovered(key, there);
      throw new StorageError(
        "upload-taken-over",
        `The store has another part of the upload behind ${there} bytes: go on there`,
        { cause: error },
      );
    }
  }

  async #underWay(
    key: UploadKey,
  ): Promise<{ readonly part: UploadPart; readonly upload: UploadRecord }> {
    const upload = known(await this.#recovered(key), key);
    const { contents, offset, size } = upload;
    if (contents !== undefined) {
      return { part: { key: contents, offset, ...(size !== undefined && { size }) }, upload };
    }
    throw new StorageError("upload-committed", `The upload ${JSON.stringify(key.id)} is committed`);
  }
}

function known(upload: UploadRecord | undefined, { id }: UploadKey): UploadRecord {
  if (upload !== undefined) return upload;
  const quoted = JSON.stringify(id);
  throw new StorageError("unknown-upload", `There is no upload ${quoted}: begin it again`);
}
