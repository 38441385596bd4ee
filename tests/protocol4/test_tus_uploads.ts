/** Uploads of a client of tus that others have written. */

import { deepEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { pause } from "../../shared/clock.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";
import { Upload } from "tus-js-client";

/** Uploads with tus-js-client; with `cutAt`, gives up after so many bytes, and starts again. */
async function tusUpload(
  served: ServedApplication,
  { token, path, bytes, chunkSize, cutAt }: {
    readonly token: string;
    readonly path: string;
    readonly bytes: Uint8Array;
    readonly chunkSize: number;
    readonly cutAt?: number;
  },
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const begin = (uploadUrl: string | null) => {
    const upload = new Upload(Buffer.from(bytes), {
      endpoint: `${served.url}/v4/uploads`,
      // The server may still receive what was sent before the cut after it has told its offset.
      ...{ uploadUrl, chunkSize, retryDelays: [0, 100, 1_000] },
      metadata: { path },
      headers: { authorization: `Bearer ${token}` },
      onError: reject,
      onSuccess: () => resolve(),
      onProgress(sent: number) {
        if (uploadUrl !== null || cutAt === undefined || sent < cutAt) return;
        void upload.abort().then(() => begin(upload.url));
      },
    });
    upload.start();
  };
  begin(null);
  await promise;
  // It reports progress at most every 100 ms, by a timer that cannot be cancelled.
  await pause(SYSTEM_CLOCK, 150);
}

/** Declares a test for each size of a piece and of a file: whole, and cut after a third. */
export function testTusUploads(
  sizes: readonly (readonly [chunkSize: number, size: number])[],
): void {
  for (const [chunkSize, size] of sizes) {
    Deno.test(`tus-js-client uploads ${size} bytes by ${chunkSize}, and goes on`, async () => {
      await using served = await servedApplication();
      const { token } = await registered(served, "Maya");
      const bytes = Uint8Array.from({ length: size }, (_, at) => at * 7 + (at >> 10));
      const cuts = size === 0 ? [undefined] : [undefined, Math.ceil(size / 3)];
      for (const cutAt of cuts) {
        const path = `up/${cutAt}`;
        await tusUpload(served, { token, path, bytes, chunkSize, ...(cutAt && { cutAt }) });
        const got = await fetch(`${served.url}/v4/files/${path}`, {
          headers: { authorization: `Bearer ${token}` },
        });
        deepEqual(new Uint8Array(await got.arrayBuffer()), bytes);
      }
    });
  }
}
