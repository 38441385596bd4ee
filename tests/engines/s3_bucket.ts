import { createHash } from "node:crypto";

import { AwsClient } from "aws4fetch";

import { parseS3Place, type S3Place } from "../../server/storage/access/s3_place.ts";
import { newKey } from "../../server/storage/keyed/keyed_new_contents.ts";
import { GATEWAY_KEYS } from "./s3_gateway.ts";

/** A bucket of a test, empty at first. */
export interface TestBucket {
  /** The value of `--store` for it. */
  readonly text: string;
  readonly place: S3Place;
  /** The keys of all its objects, with what a store puts before them. */
  objects(): Promise<readonly string[]>;
  /** The number of uploads in parts that are under way. */
  uploads(): Promise<number>;
  /** The keys of these uploads. */
  uploadKeys(): Promise<readonly string[]>;
  /** Gives up all uploads in parts, without the server. */
  abortUploads(): Promise<void>;
  /** Gives the bucket these rules (`<Rule>...</Rule>`). */
  setRules(rules: string): Promise<void>;
  /** Removes an object, without the server. */
  remove(key: string): Promise<void>;
}

/** Makes a bucket of its own for a test at this service. */
export async function testBucket(endpoint: string, through = endpoint): Promise<TestBucket> {
  const signer = new AwsClient({ ...GATEWAY_KEYS, service: "s3", region: "us-east-1" });
  const bucket = `test-${newKey()}`;
  const at = `${endpoint}/${bucket}`;
  const ask = async (path: string, method = "GET") => {
    const response = await signer.fetch(`${at}${path}`, { method });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  };
  await ask("", "PUT");
  const text = `s3://${bucket}/files?endpoint=${encodeURIComponent(through)}`;
  const place = parseS3Place(text);
  if (typeof place === "string") throw new Error(place);
  return {
    text,
    place,
    async objects() {
      const keys: string[] = [];
      for (let after = "";;) {
        const page = await ask(`?list-type=2&start-after=${encodeURIComponent(after)}`);
        const listed = keysIn(page);
        keys.push(...listed);
        // A page may have fewer than it could and not be the last one.
        if (!page.includes("<IsTruncated>true</IsTruncated>")) return keys;
        after = listed.at(-1) ?? after;
      }
    },
    async uploads() {
      return keysIn(await ask("?uploads")).length;
    },
    async uploadKeys() {
      return keysIn(await ask("?uploads"));
    },
    async abortUploads() {
      const listed = await ask("?uploads");
      const all = listed.matchAll(/<Key>([^<]*)<\/Key>\s*<UploadId>([^<]*)<\/UploadId>/g);
      for (const [, key, id] of all) await ask(`/${key}?uploadId=${id}`, "DELETE");
    },
    async setRules(rules) {
      const body = `<LifecycleConfiguration>${rules}</LifecycleConfiguration>`;
      const digest = createHash("md5").update(body).digest("base64");
      const headers = { "content-md5": digest };
      const response = await signer.fetch(`${at}?lifecycle=`, { method: "PUT", body, headers });
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      await response.body?.cancel();
    },
    remove: async (key) => void await ask(`/${key}`, "DELETE"),
  };
}

function keysIn(listed: string): readonly string[] {
  return [...listed.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
}
