/** Programs that others have written, at the application: curl, clients of tus, rclone. */

import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { pause } from "../../shared/clock.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { runDocumented } from "./fixtures/documented_commands.ts";
import { hasProgram, shell } from "./fixtures/shell.ts";
import { registered } from "./fixtures/test_user.ts";
import { Upload } from "tus-js-client";

const [CURL, RCLONE] = [await hasProgram("curl"), await hasProgram("rclone")];

/** What a title says of a program that is missing. */
const lacks = (program: string, isThere: boolean) => isThere ? "" : ` (ignored: no ${program})`;

const WITH_CURL = `the commands of docs/protocol-4.md work with curl${lacks("curl", CURL)}`;
const WITH_RCLONE = `rclone lists a tree and copies it${lacks("rclone", RCLONE)}`;

Deno.test(WITH_CURL, { ignore: !CURL }, async () => {
  await using served = await servedApplication();
  await using folder = await temporaryFolder();
  const { token } = await registered(served, "Maya");
  await runDocumented({ cwd: folder.path, env: { URL: served.url, TOKEN: token } });
});

Deno.test(WITH_RCLONE, { ignore: !RCLONE }, async () => {
  await using served = await servedApplication();
  await using folder = await temporaryFolder();
  const { token } = await registered(served, "Maya");
  const sent = { "a.txt": "abc", "photos/b c.txt": "x".repeat(100_000), "photos/2024/ü.txt": "" };
  for (const [path, body] of Object.entries(sent)) {
    const url = `${served.url}/v4/files/${path.split("/").map(encodeURIComponent).join("/")}`;
    const headers = { authorization: `Bearer ${token}`, "x-mtime": "1700000000000000000" };
    await (await fetch(url, { method: "PUT", headers, body })).body?.cancel();
  }
  const env = { HOME: folder.path, URL: served.url, TOKEN: token };
  // One token in 64 begins with a hyphen.
  const remote = 'P=$(rclone obscure -- "$TOKEN"); ' +
    'R=":webdav,url=\\"$URL/dav/\\",user=me,pass=\\"$P\\":"; ';
  const options = { cwd: folder.path, env: { ...env, PATH: Deno.env.get("PATH") ?? "" } };
  const listed = await shell(`${remote} rclone lsf -R --files-only "$R"`, options);
  deepEqual(listed.trim().split("\n").sort(), Object.keys(sent).sort());
  await shell(`${remote} rclone copy "$R" copied`, options);
  for (const [path, body] of Object.entries(sent)) {
    equal(await Deno.readTextFile(join(folder.path, "copied", path)), body, path);
  }
});

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
      // The server may still take what was sent before the cut, after it has told its offset.
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
  // It reports progress at most once in 100 ms, by a timer that nothing ends.
  await pause(SYSTEM_CLOCK, 150);
}

const MIB = 1024 ** 2;

for (
  const [chunkSize, size] of [
    ...[[1, 20], [500_000, 2 * MIB], [MIB, 2 * MIB + 5], [MIB + 1, 2 * MIB + 5]],
    ...[[Infinity, 2 * MIB + 5], [Infinity, 0]],
  ] as const
) {
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
