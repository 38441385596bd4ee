import { createHash } from "node:crypto";

import { isContentKey } from "../../names/location.ts";
import { StorageError } from "../../storage_error.ts";
import { s3Error } from "./s3_error.ts";
import type { S3Client } from "./s3_client.ts";
import { elementsOf, escaped, textOf } from "./s3_xml.ts";

/**
 * The key of the object of contents: `o/<2 digits>/<30 digits>`, so that a store can spread them.
 * Throws `path-not-allowed` for anything but a key of contents.
 */
export function objectKey(key: string): string {
  if (isContentKey(key)) return `o/${key.slice(0, 2)}/${key.slice(2)}`;
  throw new StorageError("path-not-allowed", `${JSON.stringify(key)} is no key of contents`);
}

/** A part of a multipart upload. */
export interface S3Part {
  /** From 1 to 10,000. */
  readonly number: number;
  readonly etag: string;
}

/** A part that the service has. */
export interface S3PartThere extends S3Part {
  readonly size: number;
}

/** What a service has under a key. */
export interface S3Object {
  readonly size: number;
  readonly etag: string;
}

/** The operations of an object store that contents need. All errors are a `StorageError`. */
export class S3Objects {
  readonly #client: S3Client;

  constructor(client: S3Client) {
    this.#client = client;
  }

  /** Puts an object in one request. May be repeated with the same bytes. */
  async put(key: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#client.ask({ method: "PUT", key, body, asked: "put an object" });
  }

  /** Looks at an object; undefined if there is none. */
  async head(key: string): Promise<S3Object | undefined> {
    const { status, headers } = await this.#client.ask({
      method: "HEAD",
      key,
      asked: "look at an object",
      expected: [404],
    });
    if (status === 404) return undefined;
    return { size: Number(headers.get("content-length")), etag: headers.get("etag") ?? "" };
  }

  /**
   * Makes sure that the bucket is there and may be listed. An answer about an object that is not
   * there does not tell that the bucket is.
   */
  async expectBucket(): Promise<void> {
    await this.isEmpty();
  }

  /** Whether no object begins with the prefix. */
  async isEmpty(): Promise<boolean> {
    const { prefix } = this.#client.place;
    const query = { "list-type": "2", "max-keys": "1", prefix };
    const { text } = await this.#client.ask({ method: "GET", query, asked: "list objects" });
    return elementsOf(text, "Contents").length === 0;
  }

  /** Opens a range of an object, the end excluded; undefined if it is not there any more. */
  async get(
    key: string,
    { start, end, etag }: { readonly start: number; readonly end: number; readonly etag?: string },
  ): Promise<Response | undefined> {
    const response = await this.#client.open({
      method: "GET",
      key,
      headers: { range: `bytes=${start}-${end - 1}`, ...(etag && { "if-match": etag }) },
      asked: "get an object",
      expected: [404, 412],
    });
    if (response.ok) return response;
    await response.body?.cancel();
    return undefined;
  }

  /** Removes up to 1,000 objects in one request. Ignores those that are not there. */
  async remove(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const { prefix, bucket } = this.#client.place;
    const objects = keys.map((key) => `<Object><Key>${escaped(prefix + key)}</Key></Object>`);
    const body = new TextEncoder().encode(
      `<Delete><Quiet>true</Quiet>${objects.join("")}</Delete>`,
    );
    const asked = "remove objects";
    const { text } = await this.#client.ask({
      method: "POST",
      query: { delete: "" },
      headers: { "content-md5": createHash("md5").update(body).digest("base64") },
      body,
      asked,
    });
    const fault = elementsOf(text, "Error").find((error) => textOf(error, "Code") !== "NoSuchKey");
    if (fault !== undefined) throw s3Error({ status: 200, body: fault, asked, bucket });
  }

  /** Begins a multipart upload, and returns its id. */
  async beginUpload(key: string): Promise<string> {
    const { text } = await this.#client.ask({
      method: "POST",
      key,
      query: { uploads: "" },
      asked: "begin a large object",
    });
    const id = textOf(text, "UploadId");
    if (id !== undefined) return id;
    throw new StorageError("store-failed", "The store began a large object, and gave it no id");
  }

  /** Puts a part, at least 5 MiB unless it is the last, and returns its ETag. May be repeated. */
  async putPart(
    { key, id, number, body }: {
      readonly key: string;
      readonly id: string;
      readonly number: number;
      readonly body: Uint8Array<ArrayBuffer>;
    },
  ): Promise<string> {
    const { headers } = await this.#client.ask({
      method: "PUT",
      key,
      query: { partNumber: `${number}`, uploadId: id },
      body,
      asked: "put a part of a large object",
    });
    return headers.get("etag") ?? "";
  }

  /**
   * Makes the parts an object of this size, in one request, and makes sure that it is there. After
   * a lost answer it looks for the object before it asks again. Does nothing if it is there.
   */
  async complete(
    { key, id, parts, size }: {
      readonly key: string;
      readonly id: string;
      readonly parts: readonly S3Part[];
      readonly size: number;
    },
  ): Promise<void> {
    const body = new TextEncoder().encode(
      `<CompleteMultipartUpload>${
        parts.map(({ number, etag }) =>
          `<Part><PartNumber>${number}</PartNumber><ETag>${escaped(etag)}</ETag></Part>`
        ).join("")
      }</CompleteMultipartUpload>`,
    );
    for (let tries = 1;; tries++) {
      let fault: unknown;
      try {
        await this.#completeOnce({ key, id, body });
      } catch (error) {
        fault = error;
      }
      const made = await this.head(key);
      if (made?.size === size) return;
      if (fault === undefined || made !== undefined || tries === 3 || !isUnknown(fault)) {
        throw fault ?? new StorageError(
          "store-failed",
          `The store has made ${made?.size ?? "no"} bytes of parts with ${size}`,
        );
      }
    }
  }

  /** Gives a multipart upload up, with its parts. Ignores one that is not there. */
  async abort(key: string, id: string): Promise<void> {
    await this.#client.ask({
      method: "DELETE",
      key,
      query: { uploadId: id },
      asked: "give a large object up",
      expected: [404],
    });
  }

  /** Returns the parts of a multipart upload; undefined if there is no such upload. */
  async parts(key: string, id: string): Promise<readonly S3PartThere[] | undefined> {
    const all: S3PartThere[] = [];
    for (let after = "0";;) {
      const { status, text } = await this.#client.ask({
        method: "GET",
        key,
        query: { "max-parts": "1000", "part-number-marker": after, uploadId: id },
        asked: "list the parts of a large object",
        expected: [404],
      });
      if (status === 404) return undefined;
      for (const part of elementsOf(text, "Part")) {
        all.push({
          number: Number(textOf(part, "PartNumber")),
          etag: textOf(part, "ETag") ?? "",
          size: Number(textOf(part, "Size")),
        });
      }
      const next = textOf(text, "NextPartNumberMarker") ?? "0";
      if (textOf(text, "IsTruncated") !== "true" || next === after) return all;
      after = next;
    }
  }

  /** Yields the multipart uploads under way, by key and id. */
  async *uploads(): AsyncGenerator<{ readonly key: string; readonly id: string }> {
    const { prefix } = this.#client.place;
    for (let marker: Readonly<Record<string, string>> = {};;) {
      const { text } = await this.#client.ask({
        method: "GET",
        query: { ...marker, "max-uploads": "1000", prefix, uploads: "" },
        asked: "list large objects under way",
      });
      for (const upload of elementsOf(text, "Upload")) {
        const [key, id] = [textOf(upload, "Key") ?? "", textOf(upload, "UploadId") ?? ""];
        if (key.startsWith(prefix)) yield { key: key.slice(prefix.length), id };
      }
      const [next, nextId] = [textOf(text, "NextKeyMarker"), textOf(text, "NextUploadIdMarker")];
      if (textOf(text, "IsTruncated") !== "true" || !next || !nextId) return;
      marker = { "key-marker": next, "upload-id-marker": nextId };
    }
  }

  /** The service may say 200 to a `CompleteMultipartUpload`, and then that it failed. */
  async #completeOnce(
    { key, id, body }: {
      readonly key: string;
      readonly id: string;
      readonly body: Uint8Array<ArrayBuffer>;
    },
  ): Promise<void> {
    const asked = "complete a large object";
    const { status, text } = await this.#client.ask({
      method: "POST",
      key,
      query: { uploadId: id },
      body,
      asked,
      retries: 0,
    });
    if (!text.includes("<Error>")) return;
    throw s3Error({ status, body: text, asked, bucket: this.#client.place.bucket });
  }
}

/** Whether a request may have been carried out although it failed. */
function isUnknown(error: unknown): boolean {
  return error instanceof StorageError &&
    ["store-unreachable", "store-timed-out", "store-busy", "store-failed"].includes(error.reason);
}
