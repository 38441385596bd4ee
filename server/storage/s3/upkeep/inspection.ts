import type { Clock } from "../../../../shared/clock.ts";
import { newKey } from "../../keyed/keyed_new_contents.ts";
import { StorageError } from "../../storage_error.ts";
import type { S3Client } from "../requests/s3_client.ts";
import { S3Objects } from "../requests/s3_objects.ts";
import { elementsOf, textOf } from "../requests/s3_xml.ts";

/** What a rule of a bucket does with what a server keeps there. */
export interface BucketRules {
  /** Days after which uploads that are not complete are given up; undefined for never. */
  readonly abortsAfter: number | undefined;
  /** Whether objects are removed or moved to another class by some rule. */
  readonly removes: boolean;
}

/** Asks a bucket what a server needs of it. All errors are a `StorageError`. */
export class BucketInspection {
  readonly #client: S3Client;
  readonly #objects: S3Objects;
  readonly #clock: Pick<Clock, "date">;

  constructor(client: S3Client, clock: Pick<Clock, "date">) {
    this.#client = client;
    this.#objects = new S3Objects(client);
    this.#clock = clock;
  }

  /**
   * Lists an object. Returns by how many milliseconds the clock of the store is ahead of this
   * machine's, and the region of the bucket, where the store says so.
   */
  async reach(): Promise<{ readonly ahead?: number; readonly region?: string }> {
    const { prefix } = this.#client.place;
    const { headers } = await this.#client.ask({
      ...{ method: "GET", query: { "list-type": "2", "max-keys": "1", prefix } },
      asked: "list objects",
    });
    const time = Date.parse(headers.get("date") ?? "");
    const region = headers.get("x-amz-bucket-region") ?? undefined;
    return {
      ...(!Number.isNaN(time) && { ahead: time - this.#clock.date().getTime() }),
      ...(region !== undefined && { region }),
    };
  }

  /** Puts an object, gets and removes it, and begins a large one and gives it up. */
  async probe(): Promise<void> {
    const key = `doctor/${newKey()}`;
    const body = new TextEncoder().encode(key);
    await this.#objects.put(key, body);
    try {
      const got = await this.#objects.get(key, { start: 0, end: body.length });
      if (got === undefined || await got.text() !== key) {
        throw new StorageError("store-failed", "The store gives other bytes than were put");
      }
    } finally {
      await this.#objects.remove([key]);
    }
    await this.#objects.abort(key, await this.#objects.beginUpload(key));
  }

  /** Returns what the rules of the bucket do; undefined if they cannot be read. */
  async rules(): Promise<BucketRules | undefined> {
    const { status, text } = await this.#client.ask({
      ...{ method: "GET", query: { lifecycle: "" }, asked: "read the rules" },
      expected: [400, 403, 404, 405, 501],
    });
    if (status === 404) return { abortsAfter: undefined, removes: false };
    if (status !== 200) return undefined;
    const rules = elementsOf(text, "Rule").filter((rule) => textOf(rule, "Status") === "Enabled");
    const days = rules.map((rule) => Number(textOf(rule, "DaysAfterInitiation") ?? "NaN"))
      .filter((each) => !Number.isNaN(each));
    // Of versions that are no longer current a server needs none.
    const removes = rules.some((rule) =>
      /<(?:Expiration|Transition)>\s*<(?:Days|Date)>/.test(rule)
    );
    return { abortsAfter: days.length === 0 ? undefined : Math.min(...days), removes };
  }
}
