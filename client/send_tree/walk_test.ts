import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { dirname, join } from "node:path";
import { numberedName } from "../../shared/names/numbered_name.ts";
import type { LocalEntry } from "../remote/local_entry.ts";
import { Places, type PlacesOptions } from "./places.ts";
import { type Unsendable, walk } from "./walk.ts";

const isWindows = Deno.build.os === "windows";

async function inTree(act: (folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sealpost_test_" });
  try {
    await Deno.mkdir(join(folder, "photos/empty"), { recursive: true });
    await Deno.writeTextFile(join(folder, "photos/b.txt"), "bb");
    await Deno.writeTextFile(join(folder, "photos/a.txt"), "a");
    await Deno.writeTextFile(join(folder, "one.txt"), "one");
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Kind and place of each entry, and why one cannot be sent. */
function told(entries: Iterable<LocalEntry | Unsendable>): readonly string[] {
  return Array.from(entries, (entry) => {
    return entry.kind === "unsendable"
      ? `${entry.error.reason}`
      : `${entry.kind} ${entry.to.join("/")}`;
  });
}

Deno.test("walk() gives a folder before what is in it, in the order of names", async () => {
  await inTree((folder) => {
    const photos = [
      "folder photos",
      "file photos/a.txt",
      "file photos/b.txt",
      "folder photos/empty",
    ];
    deepStrictEqual(told(walk(join(folder, "photos"))), photos);
    deepStrictEqual(told(walk(`${join(folder, "photos")}/`)), photos);
    deepStrictEqual(told(walk(join(folder, "one.txt"), { into: ["x", "y"] })), [
      "file x/y/one.txt",
    ]);
    deepStrictEqual(told(walk(`${folder}/photos/.`)), [
      ...["file a.txt", "file b.txt", "folder empty"],
    ]);
  });
});

Deno.test("walk() tells size, time, permissions and number of a file", async () => {
  await inTree(async (folder) => {
    const path = join(folder, "one.txt");
    if (!isWindows) await Deno.chmod(path, 0o750);
    await Deno.utime(path, new Date(1_234_567), new Date(1_234_567));
    const [entry] = walk(path);
    const { ino } = await Deno.stat(path);
    deepStrictEqual(entry, {
      ...{ kind: "file", path, to: ["one.txt"], modified: 1_234_567, size: 3 },
      ...(!isWindows && { mode: 0o750 }),
      ...(ino !== null && { inode: ino }),
    });
  });
});

Deno.test({
  name: "walk() follows a link that the user named, and gives those below a folder as links",
  ignore: isWindows,
  fn: () =>
    inTree(async (folder) => {
      await Deno.symlink("../one.txt", join(folder, "photos/link"));
      await Deno.symlink("photos", join(folder, "again"));
      await Deno.symlink("nowhere", join(folder, "photos/lost"));
      await Deno.symlink(".", join(folder, "photos/round"));
      const all = Array.from(walk(join(folder, "again")));
      deepStrictEqual(told(all), [
        ...["folder again", "file again/a.txt", "file again/b.txt", "folder again/empty"],
        ...["link again/link", "link again/lost", "link again/round"],
      ]);
      const link = all.find((entry) => entry.kind === "link");
      strictEqual(link?.kind === "link" && link.target, "../one.txt");
    }),
});

Deno.test("walk() says what cannot be sent, and goes on", async () => {
  await inTree(async (folder) => {
    deepStrictEqual(told(walk(join(folder, "nowhere"))), ["file-missing"]);
    if (isWindows) return;
    await new Deno.Command("sh", {
      args: ["-c", `mkfifo "$1"`, "sh", join(folder, "photos/a.pipe")],
    }).output();
    deepStrictEqual(told(walk(join(folder, "photos"))).slice(0, 3), [
      ...["folder photos", "file-not-regular", "file photos/a.txt"],
    ]);
  });
});

/** Makes these files in a folder, walks `roots` of it, and returns what is told of each entry. */
async function toldOf(
  files: readonly string[],
  { roots, ...options }: { readonly roots: readonly string[] } & PlacesOptions,
): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ prefix: "sealpost_test_" });
  try {
    for (const file of files) {
      await Deno.mkdir(dirname(join(folder, file)), { recursive: true });
      await Deno.writeTextFile(join(folder, file), file);
    }
    const places = new Places(options);
    return roots.flatMap((root) => told(walk(`${folder}/${root}`, { places })));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("walk() gives no two files that were named one place, nor one file two", async () => {
  const files = ["1/x", "2/x", "2/y", "3/f/a", "4/f/b"];
  deepStrictEqual(await toldOf(files, { roots: ["1/x", "2/x", "2/y", "./1/x"] }), [
    ...["file x", "name-conflict", "file y"],
  ]);
  deepStrictEqual(await toldOf(files, { roots: ["3/f", "4/f"], numbered: numberedName }), [
    ...["folder f", "file f/a", "folder f (2)", "file f (2)/b"],
  ]);
  deepStrictEqual(await toldOf(files, { roots: ["3/.", "4/f", "3/."] }), [
    ...["folder f", "file f/a", "name-conflict"],
  ]);
});

Deno.test({
  name: "walk() gives names that are one on the server no common place",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const files = ["f/A/x", "f/a/x", "f/e\u0301", "f/\u00e9"];
    deepStrictEqual(await toldOf(files, { roots: ["f"] }), [
      ...["folder f", "folder f/A", "file f/A/x", "name-conflict"],
      ...["file f/\u00e9", "name-conflict"],
    ]);
    deepStrictEqual(await toldOf(files, { roots: ["f"], numbered: numberedName }), [
      ...["folder f", "folder f/A", "file f/A/x", "folder f/a (2)", "file f/a (2)/x"],
      ...["file f/\u00e9", "file f/\u00e9 (2)"],
    ]);
  },
});

Deno.test("walk() gives names in Unicode form C", async () => {
  await inTree(async (folder) => {
    const path = join(folder, "re\u0301sume\u0301");
    await Deno.writeTextFile(path, "");
    deepStrictEqual(told(walk(path)), ["file r\u00e9sum\u00e9"]);
  });
});
