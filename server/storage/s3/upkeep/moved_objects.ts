import type { Clock } from "../../../../shared/clock.ts";
import type { ContentWriter } from "../../contents/content_files.ts";
import type { OpenContents } from "../../contents/contents.ts";
import { S3NewContents, type S3Sending } from "../writing/s3_new_contents.ts";
import { objectKey } from "../requests/s3_objects.ts";
import { S3OpenContents } from "../s3_open_contents.ts";

export interface MovedObjectsOptions extends S3Sending {
  readonly clock: Pick<Clock, "after">;
}

/** A bucket that contents are moved into, which no server uses yet. */
export class MovedObjects {
  readonly #options: MovedObjectsOptions;

  constructor(options: MovedObjectsOptions) {
    this.#options = options;
  }

  /** Begins contents with this key, in the place of what is there. */
  create(key: string): ContentWriter {
    return new S3NewContents(key, this.#options);
  }

  /** Opens contents; undefined if there are none. */
  async open(key: string): Promise<OpenContents | undefined> {
    const { objects, clock } = this.#options;
    const object = objectKey(key);
    const there = await objects.head(object);
    return there && new S3OpenContents({ key: object, ...there, objects, clock });
  }

  /** Whether the bucket has nothing. */
  isEmpty(): Promise<boolean> {
    return this.#options.objects.isEmpty();
  }

  /** Gives up what an earlier run has left unfinished. */
  async abortUploads(): Promise<void> {
    const { objects } = this.#options;
    for await (const { key, id } of objects.uploads()) await objects.abort(key, id);
  }
}
