/** Programs that others have written, at the application: curl, clients of tus, rclone. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { pause } from "../../shared/clock.ts";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";
import { Upload } from "tus-js-client";

/** Runs a shell script, and returns what it printed; fails if it does. */
async function shell(
  script: string,
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-eu", "-c", script],
    ...{ cwd, env },
  }).output();
  const text = new TextDecoder().decode(stdout);
  ok(success, `${script}\n${text}\n${new TextDecoder().decode(stderr)}`);
  return text;
}

async function has(program: string): Promise<boolean> {
  const args = ["-c", `command -v ${program}`];
  return (await new Deno.Command("sh", { args, stdout: "null" }).output()).success;
}

const [CURL, RCLONE] = [await has("curl"), await has("rclone")];

/** The commands of a section of docs/protocol-4.md. */
async function documented(): Promise<readonly string[]> {
  const page = await Deno.readTextFile(join(ROOT, "docs/protocol-4.md"));
  const [, section = ""] = page.split("## With curl");
  return [...section.matchAll(/```sh\n([^]*?)```/g)].map(([, script = ""]) => script);
}

Deno.test("the commands of docs/protocol-4.md work with curl", { ignore: !CURL }, async () => {
  await using served = await servedApplication();
  await using folder = await temporaryFolder();
  const { token } = await registered(served, "Maya");
  const env = { URL: served.url, TOKEN: token };
  const report = "report ".repeat(50_000);
  await Deno.writeTextFile(join(folder.path, "report.pdf"), report);
  const scripts = await documented();
  equal(scripts.length, 2);
  const commands = scripts[0]?.trim().split("\n") ?? [];
  equal(commands.length, 8);
  const printed: string[] = [];
  // The folder "papers" is there for PROPFIND, which is the last one, as it was for the list.
  for (const command of commands) printed.push(await shell(command, { cwd: folder.path, env }));
  equal(JSON.parse(printed[1] ?? "").path, "papers/report.pdf");
  equal(await Deno.readTextFile(join(folder.path, "copy.pdf")), report);
  equal(await Deno.readTextFile(join(folder.path, "rest.pdf")), report.slice(100));
  match(printed[7] ?? "", /<D:href>\/dav\/papers\/<\/D:href>/);
  await shell(scripts[1] ?? "", { cwd: folder.path, env });
  const got = await fetch(`${served.url}/v4/files/report.pdf`, {
    headers: { authorization: `Bearer ${token}` },
  });
  equal(await got.text(), report);
});

Deno.test("rclone lists a tree and copies it", { ignore: !RCLONE }, async () => {
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
  const remote = 'P=$(rclone obscure "$TOKEN"); ' +
    'R=":webdav,url=\\"$URL/dav/\\",user=me,pass=\\"$P\\":"; ';
  const options = { cwd: folder.path, env: { ...env, PATH: Deno.env.get("PATH") ?? "" } };
  const listed = await shell(`${remote} rclone lsf -R --files-only "$R"`, options);
  deepEqual(listed.trim().split("\n").sort(), Object.keys(sent).sort());
  await shell(`${remote} rclone copy "$R" copied`, options);
  for (const [path, body] of Object.entries(sent)) {
    equal(await Deno.readTextFile(join(folder.path, "copied", path)), body, path);
  }
});

/** Uploads with tus-js-client; with `cutAt`, gives up after so many bytes, and goes on anew. */
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
      ...{ uploadUrl, chunkSize, retryDelays: null },
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
  Deno.test(`tus-js-client uploads ${size} bytes with chunkSize ${chunkSize}, and goes on`, async () => {
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
