import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { replaceFile } from "./replace_file.ts";
import { TestClock } from "../../tests/peers/test_clock.ts";

/** The pauses between two renames are skipped. */
const clock = new TestClock({ skips: (milliseconds) => milliseconds === 50 });

const POSIX = Deno.build.os !== "windows";

const NOT_WRITABLE = {
  reason: "identity-not-writable",
  exitCode: EXIT.usage,
  message: /^Cannot write ".*": [^;]*; .*--dir/,
} as const;

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
}

async function modeOf(path: string): Promise<number> {
  return ((await Deno.stat(path)).mode ?? 0) & 0o777;
}

Deno.test("replaceFile() writes any text, as UTF-8, in place of what was there", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "me.info");
  const content = fc.string({ unit: fc.constantFrom("a", "é", "日", "🎉", "\r", "\n", "\0") });
  await fc.assert(
    fc.asyncProperty(content, async (content) => {
      await replaceFile(path, content, { clock });
      deepStrictEqual(await Deno.readFile(path), new TextEncoder().encode(content));
    }),
    { numRuns: 25 },
  );
  deepStrictEqual(await namesIn(own.folder), ["me.info"]);
});

Deno.test({
  name: "replaceFile() makes the file readable by its owner alone, whatever it was before",
  ignore: !POSIX,
  async fn() {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "priv.key");
    await replaceFile(path, "new", { clock });
    strictEqual(await modeOf(path), 0o600);
    await Deno.chmod(path, 0o666);
    await replaceFile(path, "newer", { clock });
    strictEqual(await modeOf(path), 0o600);
  },
});

Deno.test("replaceFile() shows others either the old content or the new one", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "me.info");
  const contents = ["a", "b"].map((letter) => letter.repeat(100_000));
  await replaceFile(path, `${contents[0]}`, { clock });
  let writing = true;
  const writes = (async () => {
    for (let round = 0; round < 20; round++) {
      await replaceFile(path, `${contents[round % 2]}`, { clock });
    }
    writing = false;
  })();
  let seen = 0;
  for (; writing; seen++) ok(contents.includes(await Deno.readTextFile(path)));
  await writes;
  ok(seen > 0);
});

Deno.test("replaceFile() may run at the same time for the same file", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "me.info");
  const contents = Array.from({ length: 8 }, (_, index) => `content ${index}`);
  await Promise.all(contents.map((content) => replaceFile(path, content, { clock })));
  ok(contents.includes(await Deno.readTextFile(path)));
  deepStrictEqual(await namesIn(own.folder), ["me.info"]);
});

Deno.test("replaceFile() says what to do where the folder is missing, or is a file", async () => {
  await using own = await OwnParty.stranger();
  await own.file("file", "abc");
  for (const folder of ["no folder", "file"]) {
    await failsWith(
      replaceFile(join(own.folder, folder, "me.info"), "content", { clock }),
      NOT_WRITABLE,
    );
  }
  deepStrictEqual(await namesIn(own.folder), ["file"]);
});

Deno.test("replaceFile() leaves no draft behind where a folder has the name", async () => {
  await using own = await OwnParty.stranger();
  const path = join(own.folder, "priv.key");
  await Deno.mkdir(path);
  await failsWith(replaceFile(path, "content", { clock }), NOT_WRITABLE);
  deepStrictEqual(await namesIn(own.folder), ["priv.key"]);
});

Deno.test({
  name: "replaceFile() leaves the old content where the folder is not writable",
  ignore: !POSIX,
  async fn() {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "me.info");
    await replaceFile(path, "old", { clock });
    // Permissions do not restrict root.
    if ((await Deno.stat(path)).uid === 0) return;
    await Deno.chmod(own.folder, 0o500);
    try {
      await failsWith(replaceFile(path, "new", { clock }), NOT_WRITABLE);
      strictEqual(await Deno.readTextFile(path), "old");
    } finally {
      await Deno.chmod(own.folder, 0o700);
    }
  },
});

/** Makes a method fail up to `times` times until disposed of, as this system never does. */
function failing(
  object: object,
  name: string,
  { times, code }: { readonly times: number; readonly code: string },
): Disposable & { readonly left: () => number } {
  const original = Reflect.get(object, name) as (...args: readonly unknown[]) => unknown;
  let left = times;
  Reflect.set(object, name, function (this: unknown, ...args: readonly unknown[]) {
    if (left-- > 0) return Promise.reject(Object.assign(new Error(`${code} (os error)`), { code }));
    return Reflect.apply(original, this, args);
  });
  return { left: () => left, [Symbol.dispose]: () => void Reflect.set(object, name, original) };
}

for (const code of ["EACCES", "EPERM", "EBUSY"]) {
  Deno.test(`replaceFile() tries a rename again that is refused with ${code}`, async () => {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "me.info");
    using renames = failing(Deno, "rename", { times: 3, code });
    await replaceFile(path, "content", { clock });
    ok(renames.left() < 0);
    strictEqual(await Deno.readTextFile(path), "content");
  });
}

Deno.test("replaceFile() gives up a rename that is refused for two seconds", async () => {
  await using own = await OwnParty.stranger();
  using _renames = failing(Deno, "rename", { times: 1000, code: "EBUSY" });
  const begun = clock.now();
  await failsWith(replaceFile(join(own.folder, "me.info"), "content", { clock }), {
    ...{ reason: "identity-not-writable", exitCode: EXIT.usage },
    message: /another program holds it; end that program/,
  });
  strictEqual(clock.now() - begun, 2_050);
  deepStrictEqual(await namesIn(own.folder), []);
});

Deno.test({
  name: "replaceFile() warns where neither file nor folder can be synced, and goes on",
  ignore: !POSIX,
  async fn() {
    await using own = await OwnParty.stranger();
    const path = join(own.folder, "me.info");
    const warnings: string[] = [];
    using _syncs = failing(Deno.FsFile.prototype, "sync", { times: 2, code: "EINVAL" });
    await replaceFile(path, "content", { clock, tell: (line) => warnings.push(line) });
    strictEqual(await Deno.readTextFile(path), "content");
    strictEqual(warnings.length, 2);
    for (const warning of warnings) ok(warning.includes("cannot be synced"), warning);
  },
});

Deno.test("replaceFile() fails where the sync of a file says that the disk is full", async () => {
  await using own = await OwnParty.stranger();
  using _syncs = failing(Deno.FsFile.prototype, "sync", { times: 1, code: "ENOSPC" });
  await failsWith(replaceFile(join(own.folder, "me.info"), "content", { clock }), {
    ...{ reason: "identity-not-writable", exitCode: EXIT.usage },
    message: /^Cannot write ".*me\.info": the disk is full; make room on it$/,
  });
});
