import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { writeRelease, writeReleased, writeSums } from "../../../tests/web/release.ts";
import { recordedLog } from "../../../tests/peers/test_services.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { ReleaseFolder } from "./release_folder.ts";

const LINUX = "sealpost-1.2.3-x86_64-unknown-linux-gnu";

/** A release folder whose offer is never fresh, and what it logs. */
async function opened(folder: string) {
  const { log, lines } = await recordedLog();
  let now = 0;
  const releases = new ReleaseFolder(folder, { log, clock: { now: () => now += 10_000 } });
  return { releases, warnings: () => lines.map(({ message }) => message) };
}

/** The names that are offered. */
async function names(releases: ReleaseFolder): Promise<readonly string[]> {
  return [...(await releases.offer()).files.keys()].sort();
}

Deno.test("A release folder offers files with digests, common systems first", async () => {
  await using folder = await temporaryFolder();
  const files = await writeRelease(folder.path);
  const { releases, warnings } = await opened(folder.path);
  const { version, newest } = await releases.offer();
  strictEqual(version, "1.2.3");
  deepStrictEqual(
    newest.map(({ name, sha256, size }) => ({ name, sha256, size })),
    files.map(({ name, sha256, content }) => ({ name, sha256, size: content.byteLength })),
  );
  deepStrictEqual(warnings(), []);
});

Deno.test("A release folder shows the newest version, and offers older ones", async () => {
  await using folder = await temporaryFolder();
  const old = await writeRelease(folder.path, { version: "1.9.0" });
  const young = await writeRelease(folder.path, { version: "1.10.0" });
  const packed = await writeReleased(folder.path, `${young[0]?.name}.tar.gz`, "packed");
  await writeSums(folder.path, [...old, ...young, packed]);
  const { version, newest, files } = await (await opened(folder.path)).releases.offer();
  strictEqual(version, "1.10.0");
  deepStrictEqual(newest.slice(0, 2).map(({ name }) => name), [young[0]?.name, packed.name]);
  strictEqual(newest.length, young.length + 1);
  strictEqual(files.size, old.length + young.length + 1);
});

Deno.test("A release folder offers only what SHA256SUMS lists, unchanged", async () => {
  await using folder = await temporaryFolder();
  const files = await writeRelease(folder.path);
  await writeSums(
    folder.path,
    files.slice(1).map((file, index) => index === 0 ? { ...file, sha256: "0".repeat(64) } : file),
  );
  const { releases, warnings } = await opened(folder.path);
  const expected = files.slice(2).map(({ name }) => name).sort();
  deepStrictEqual(await names(releases), expected);
  deepStrictEqual(await names(releases), expected);
  // Said once, however often the folder is looked at.
  strictEqual(warnings().length, 2);
  ok(warnings().some((line) => line.includes("not in SHA256SUMS")));
  ok(warnings().some((line) => line.includes("its digest is another")));
});

Deno.test("A release folder offers no other names, folders or links", async () => {
  await using folder = await temporaryFolder();
  await using outside = await temporaryFolder();
  const [file] = await writeRelease(outside.path);
  ok(file);
  const strange = [".hidden", "secret.txt", "sealpost", `../${LINUX}`, "SHA256SUMS"];
  for (const name of strange.slice(0, 3)) {
    await Deno.writeFile(join(folder.path, name), file.content);
  }
  if (Deno.build.os !== "windows") {
    await Deno.symlink(join(outside.path, file.name), join(folder.path, file.name));
  }
  const asFolder = "sealpost-1.2.3-aarch64-unknown-linux-gnu";
  await Deno.mkdir(join(folder.path, asFolder));
  await writeSums(
    folder.path,
    [...strange, file.name, asFolder].map((name) => ({ name, sha256: file.sha256 })),
  );
  const { releases } = await opened(folder.path);
  deepStrictEqual(await names(releases), []);
});

Deno.test("A release folder that is gone, or has no list, offers nothing", async () => {
  await using folder = await temporaryFolder();
  await writeReleased(folder.path, LINUX, "program");
  const { releases, warnings } = await opened(folder.path);
  deepStrictEqual(await names(releases), []);
  ok(warnings().some((line) => line.includes("there is none, or it cannot be read")));
  await writeSums(folder.path, [{ name: "x".repeat(70_000), sha256: "0".repeat(64) }]);
  deepStrictEqual(await names(releases), []);
  ok(warnings().some((line) => line.includes("more than 65536 bytes")));
  const gone = await opened(join(folder.path, "gone"));
  deepStrictEqual(await names(gone.releases), []);
  ok(gone.warnings().some((line) => line.includes("the folder cannot be read")));
});

Deno.test("A release folder notices changes, and opens only what it offered", async () => {
  await using folder = await temporaryFolder();
  const [file] = await writeRelease(folder.path);
  ok(file);
  const { releases } = await opened(folder.path);
  const offered = (await releases.offer()).files.get(file.name);
  ok(offered);
  (await releases.open(offered))?.close();

  // Of the same size, and put in its place at once, as a careful operator would.
  const other = file.content.map((byte) => byte ^ 1);
  await writeReleased(folder.path, "draft", other);
  await Deno.rename(join(folder.path, "draft"), join(folder.path, file.name));
  strictEqual(await releases.open(offered), undefined);
  ok(!(await names(releases)).includes(file.name));

  const { sha256 } = await writeReleased(folder.path, "draft", other);
  await writeSums(folder.path, [{ name: file.name, sha256 }]);
  deepStrictEqual(await names(releases), [file.name]);
  await Deno.remove(join(folder.path, file.name));
  strictEqual(await releases.open(offered), undefined);
  deepStrictEqual(await names(releases), []);
});

Deno.test("A release folder tells other contents of one size by time, and by file", async () => {
  await using folder = await temporaryFolder();
  const [file] = await writeRelease(folder.path);
  ok(file);
  const { releases } = await opened(folder.path);
  const offered = (await releases.offer()).files.get(file.name);
  ok(offered);
  const [path, draft] = [join(folder.path, file.name), join(folder.path, "draft")];
  const other = file.content.map((byte) => byte ^ 1);
  await Deno.writeFile(path, other);
  await Deno.utime(path, new Date(0), new Date(0));
  strictEqual(await releases.open(offered), undefined);
  if (Deno.build.os === "windows") return;
  await Deno.writeFile(draft, other);
  const time = new Date(offered.modified);
  await Deno.utime(draft, time, time);
  await Deno.rename(draft, path);
  strictEqual(await releases.open(offered), undefined);
});

Deno.test("A release folder is looked at once for all who ask within a second", async () => {
  await using folder = await temporaryFolder();
  await writeRelease(folder.path);
  const { log } = await recordedLog();
  let now = 0;
  const releases = new ReleaseFolder(folder.path, { log, clock: { now: () => now } });
  const first = releases.offer();
  strictEqual(releases.offer(), first);
  await first;
  now = 999;
  strictEqual(releases.offer(), first);
  now = 1000;
  const later = releases.offer();
  ok(later !== first);
  await later;
});
