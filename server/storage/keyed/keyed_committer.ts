import type { Catalog, FileVersion } from "../versions/catalog.ts";
import type { Committer, Finding, OpenedFile, SentVersion } from "../versions/committer.ts";
import type { KeyedStaging, KeyedVersions } from "../versions/keyed_versions.ts";
import type { ByteRange, StagedContents, Store } from "../versions/store.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";

export interface KeyedCommitterOptions {
  readonly catalog: Pick<Catalog, "file">;
  readonly versions: KeyedVersions;
  readonly store: Pick<Store, "read"> & KeyedStaging;
  /** Called when something was left to the sweeper. */
  readonly onReleased?: () => void;
}

/**
 * The committer for contents that lie under a key for good: it seals and records. Nothing is moved,
 * so that a crash leaves nothing to be put right: a version is recorded, or its contents are under
 * way, and then the sweeper's. One transaction judges what versions of a file at several servers
 * do to each other.
 */
export class KeyedCommitter implements Committer {
  readonly #options: KeyedCommitterOptions;

  constructor(options: KeyedCommitterOptions) {
    this.#options = options;
  }

  async commit(staged: StagedContents, sent: SentVersion): Promise<FileVersion> {
    await staged.seal();
    const { versions, store, onReleased } = this.#options;
    const version = await versions.recordKeyed({ ...sent, location: staged.name });
    store.recorded(staged.name);
    onReleased?.();
    return version;
  }

  async open(
    clientId: ClientId,
    fileName: string,
    range?: ByteRange,
  ): Promise<OpenedFile | undefined> {
    const { catalog, store } = this.#options;
    let before: string | undefined;
    for (;;) {
      const file = await catalog.file(clientId, fileName);
      // Contents that are gone were replaced between the two, unless they are the same still.
      if (file === undefined || file.location === before) return undefined;
      const contents = await store.read(file.location, range);
      if (contents !== undefined) return { file, contents };
      before = file.location;
    }
  }

  async *recover(): AsyncIterable<Finding> {
    yield { kind: "settled", swept: 0 };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
