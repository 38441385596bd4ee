import type { Clock } from "../../../../shared/clock.ts";
import type { OpenContents } from "../../contents/contents.ts";
import { isContentKey } from "../../names/location.ts";
import type { StoredContents } from "../../stored.ts";
import type { S3Client } from "../requests/s3_client.ts";
import { objectKey, S3Objects } from "../requests/s3_objects.ts";
import { S3OpenContents } from "../s3_open_contents.ts";
import { elementsOf, textOf } from "../requests/s3_xml.ts";

/** The contents in a bucket, for reading: nothing is spooled or changed. */
export class S3StoredObjects implements StoredContents {
  readonly #client: S3Client;
  readonly #objects: S3Objects;
  readonly #clock: Pick<Clock, "after">;

  constructor(client: S3Client, clock: Pick<Clock, "after">) {
    this.#client = client;
    this.#objects = new S3Objects(client);
    this.#clock = clock;
  }

  async open(place: string): Promise<OpenContents | undefined> {
    if (!isContentKey(place)) return undefined;
    const [key, objects, clock] = [objectKey(place), this.#objects, this.#clock];
    const there = await objects.head(key);
    return there && new S3OpenContents({ key, ...there, objects, clock });
  }

  async *keys(digits: string): AsyncGenerator<readonly string[]> {
    const before = `${this.#client.place.prefix}o/`;
    const query = { "list-type": "2", prefix: `${before}${digits}` };
    for (let after: Readonly<Record<string, string>> = {};;) {
      const { text } = await this.#client.ask({
        method: "GET",
        // Sorted by name, as the signature wants them.
        query: { ...after, ...query },
        asked: "list objects",
      });
      const keys = elementsOf(text, "Contents").map((object) => textOf(object, "Key") ?? "")
        .map((key) => key.slice(before.length).replace("/", "")).filter(isContentKey);
      if (keys.length > 0) yield keys;
      const next = textOf(text, "NextContinuationToken");
      if (textOf(text, "IsTruncated") !== "true" || !next) return;
      after = { "continuation-token": next };
    }
  }

  async *locations(): AsyncGenerator<readonly string[]> {}
}
