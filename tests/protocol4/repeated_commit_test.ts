/** A commit that is asked for again while the first one is worked on. */

import { deepEqual, equal } from "node:assert/strict";
import { formatUploadMetadata } from "../../shared/protocol4/resources/upload_metadata.ts";
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import { toHex } from "../../shared/text/encodings.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

const MIB = 1024 ** 2;

Deno.test("commits of one upload at once all answer that it is the file", async () => {
  await using served = await servedApplication();
  const { token } = await registered(served, "Maya");
  const ask = async (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Uint8Array<ArrayBuffer> | string,
  ) => {
    const response = await fetch(`${served.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "x-commit": "later", ...headers },
      ...(body !== undefined && { body }),
    });
    const { status } = response;
    return { status, headers: response.headers, text: await response.text() };
  };
  const lengths = [{ "upload-defer-length": "1" }, undefined];
  for (const [at, size] of [0, 11, 2 * MIB + 5, 2 * MIB].entries()) {
    for (const [which, deferred] of lengths.entries()) {
      const path = `${at} ${which}`;
      const created = await ask("POST", "/v4/uploads", {
        ...(deferred ?? { "upload-length": String(size) }),
        "upload-metadata": formatUploadMetadata({ path }),
      });
      const url = created.headers.get("location") ?? "";
      const bytes = new Uint8Array(size).fill(7);
      const offset = { "upload-offset": "0", "content-type": "application/offset+octet-stream" };
      equal((await ask("PATCH", url, offset, bytes)).status, 204);
      const hash = new TreeHash();
      hash.update(bytes);
      const claimed = JSON.stringify({ tree: toHex(hash.digest()), size });
      const headers = { "content-type": "application/json", "if-none-match": "*" };
      const commits = await Promise.all(
        [1, 2, 3].map(() => ask("POST", `${url}/commit`, headers, claimed)),
      );
      deepEqual(commits.map(({ status, text }) => [status, JSON.parse(text).path]), [
        ...[[200, path], [200, path], [200, path]],
      ]);
      // Contents of another kind are no repetition.
      const other = JSON.stringify({ tree: "00".repeat(32), size });
      equal((await ask("POST", `${url}/commit`, headers, other)).status, 409);
    }
  }
});
