import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { type ClientReason, EXIT } from "../client_error.ts";
import {
  checkUnchanged,
  fileChanged,
  lookAtFile,
  modifiedAt,
  openFile,
  readError,
} from "./local_file.ts";
import type { LocalFile } from "../uplink.ts";

const POSIX = Deno.build.os !== "windows";

/** Whether everything is readable regardless of permissions, as for root. */
const READS_ALL = !POSIX || await readsAll();

/** Whether named pipes can be created: Deno has no function for that, only a command does it. */
const MAKES_PIPES = POSIX &&
  (await Deno.permissions.query({ name: "run", command: "mkfifo" })).state === "granted";

/** Whether links can be made: that needs to read and write everywhere. */
const MAKES_LINKS = POSIX &&
  (await Deno.permissions.query({ name: "write" })).state === "granted" &&
  (await Deno.permissions.query({ name: "read" })).state === "granted";

async function readsAll(): Promise<boolean> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.chmod(path, 0o000);
    return await Deno.readFile(path).then(() => true, () => false);
  } finally {
    await Deno.remove(path);
  }
}

function refused(path: string, reason: ClientReason, message: RegExp): Promise<void> {
  return failsWith(lookAtFile(path), { reason, exitCode: EXIT.usage, message });
}

async function recheck(file: LocalFile): Promise<void> {
  using opened = await Deno.open(file.path);
  await checkUnchanged(file, opened);
}

Deno.test("lookAtFile() tells the name, the size and the time of a file", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "a.txt");
  await Deno.writeTextFile(path, "12345");
  await Deno.utime(path, 1_700_000_000, 1_700_000_000);
  const modified = 1_700_000_000_000;
  deepStrictEqual(await lookAtFile(path), { path, name: "a.txt", size: 5, modified });
});

Deno.test({
  name: "lookAtFile() takes a link for the file that it points to, under the link's name",
  ignore: !MAKES_LINKS,
  fn: async () => {
    await using own = await OwnParty.stranger();
    const { path } = await own.file("a.txt", "12345");
    const link = join(own.folder, "link.txt");
    await Deno.symlink(path, link);
    const { name, size } = await lookAtFile(link);
    deepStrictEqual({ name, size }, { name: "link.txt", size: 5 });
  },
});

Deno.test("lookAtFile() refuses a file that is missing, naming its path", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "no such file");
  await refused(path, "file-missing", /^There is no file ".*no such file"; check the path$/);
});

Deno.test("lookAtFile() refuses a file inside a file", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a.txt", "");
  const inside = join(path, "b.txt");
  await refused(inside, "file-missing", /^There is no file ".*b\.txt".*; check the path$/);
});

Deno.test("lookAtFile() refuses an empty path", async () => {
  await refused("", "file-missing", /^No file is named; /);
});

Deno.test("lookAtFile() refuses paths that the system cannot take", async () => {
  for (const path of ["n".repeat(5000), "a\0b"]) {
    await refused(path, "file-not-readable", /^Cannot read "[^"]+": [^"']+$/);
  }
});

Deno.test("lookAtFile() shows a path without what a terminal acts on", async () => {
  await refused("no\x7f\x9b\u202e", "file-missing", /"no\\u\{7f\}\\u\{9b\}\\u\{202e\}"/);
});

Deno.test("lookAtFile() refuses a folder", async () => {
  await using own = await OwnParty.stranger();
  await refused(
    own.folder,
    "file-is-a-folder",
    /is a folder, and protocol 3 sends files only; name/,
  );
});

Deno.test({
  name: "lookAtFile() refuses a device",
  ignore: !POSIX,
  fn: () => refused("/dev/null", "file-not-regular", /^"\/dev\/null" is not a regular file/),
});

Deno.test({
  name: "lookAtFile() refuses a pipe without waiting for a writer (where mkfifo may be run)",
  ignore: !MAKES_PIPES,
  fn: async () => {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "pipe");
    ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
    await refused(path, "file-not-regular", /copy it into one$/);
  },
});

Deno.test({
  name: "lookAtFile() refuses a file that it may not read (where root's rights do not count)",
  ignore: READS_ALL,
  fn: async () => {
    await using own = await OwnParty.stranger();
    const { path } = await own.file("secret.txt", "");
    await Deno.chmod(path, 0o000);
    await refused(path, "file-not-readable", /is not readable for you; check its permissions$/);
  },
});

Deno.test("lookAtFile() takes a name of 254 bytes and refuses one of 255", async () => {
  await using own = await OwnParty.stranger();
  const longest = "n".repeat(254);
  strictEqual((await own.file(longest, "")).name, longest);
  const path = join(own.folder, "n".repeat(255));
  await Deno.writeTextFile(path, "");
  await refused(path, "file-name-too-long", /is longer than 254 bytes, the most that protocol 3/);
});

Deno.test("lookAtFile() counts the bytes of a name, not its characters", async () => {
  await using own = await OwnParty.stranger();
  const name = "é".repeat(127);
  strictEqual((await own.file(name, "")).name, name);
  const path = join(own.folder, `${name}n`);
  await Deno.writeTextFile(path, "");
  await refused(path, "file-name-too-long", /longer than 254 bytes/);
});

Deno.test("lookAtFile() accepts files up to the largest that protocol 3 can carry", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("sparse.bin", "");
  await Deno.truncate(path, 0xffff_ffef);
  strictEqual((await lookAtFile(path)).size, 0xffff_ffef);
  await Deno.truncate(path, 0xffff_fff0);
  await refused(path, "file-too-large", /has 4294967280 bytes, .* split it$/);
});

Deno.test("checkUnchanged() passes a file that is as it was", async () => {
  await using own = await OwnParty.stranger();
  await recheck(await own.file("a.txt", "12345"));
});

for (
  const [how, change] of Object.entries({
    grew: ({ path }: LocalFile) => Deno.writeTextFile(path, "6", { append: true }),
    shrank: ({ path }: LocalFile) => Deno.truncate(path, 4),
    "was written to": ({ path }: LocalFile) => Deno.utime(path, 1_700_000_000, 1_700_000_000),
  })
) {
  Deno.test(`checkUnchanged() refuses a file that ${how}`, async () => {
    await using own = await OwnParty.stranger();
    const file = await own.file("a.txt", "12345");
    await change(file);
    await failsWith(recheck(file), {
      reason: "file-changed",
      exitCode: EXIT.usage,
      message: /^".*a\.txt" changed while it was sent/,
    });
  });
}

Deno.test("checkUnchanged() refuses a file of another size whose time was set back", async () => {
  await using own = await OwnParty.stranger();
  const file = await own.file("a.txt", "12345");
  await Deno.writeTextFile(file.path, "6", { append: true });
  const then = new Date(file.modified);
  await Deno.utime(file.path, then, then);
  await failsWith(recheck(file), { reason: "file-changed", exitCode: EXIT.usage });
});

Deno.test("checkUnchanged() lets a file grow that may grow, but not become shorter", async () => {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, "first");
    const file = await lookAtFile(path, { growing: true });
    await Deno.writeTextFile(path, "first and second");
    using opened = openFile(path);
    checkUnchanged(file, opened);
    match(fileChanged(file).message, /became shorter while it was sent/);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("readError() lets pass what is no error of the system", () => {
  const fault = new TypeError("A fault of the program");
  throws(() => readError(fault, "a.txt"), fault);
  const refusal = new Deno.errors.NotCapable(
    'Requires all access to "a.txt", run again with the --allow-all flag',
  );
  match(readError(refusal, "a.txt").message, /^Cannot read "a\.txt": the runtime lets no program/);
});

Deno.test("modifiedAt() is a number that equals itself, whatever a file system says", () => {
  deepStrictEqual(
    [new Date(5), null, new Date(NaN), new Date(-5)].map((mtime) => modifiedAt({ mtime })),
    [5, 0, Infinity, -5],
  );
});
