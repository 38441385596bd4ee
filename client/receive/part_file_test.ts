import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { PartFile } from "./part_file.ts";

const CONTENTS = new TextEncoder().encode("contents");
const FILE = { path: "a", contents: CONTENTS, modified: 1.6e12, mode: 0o640 };

/** Lets the system refuse to set permissions and times, until it is disposed of. */
function refusing(code: string): Disposable {
  const [{ chmod }, { utime }] = [Deno, Deno.FsFile.prototype];
  const refuse = () => Promise.reject(Object.assign(new Error("Refused"), { code }));
  Deno.chmod = refuse;
  Deno.FsFile.prototype.utime = refuse;
  return {
    [Symbol.dispose]() {
      Deno.chmod = chmod;
      Deno.FsFile.prototype.utime = utime;
    },
  };
}

/** Receives the file into a folder. */
async function receive(folder: string): Promise<boolean> {
  const remote = new ScriptedFiles([FILE]);
  const file = ScriptedFiles.entry(FILE);
  if (file.kind !== "file") throw new Error("No file");
  const check = await remote.check(file);
  await using part = await PartFile.open({ folder, name: "a" }, { file, check });
  await part.write(CONTENTS);
  return await part.finish(file);
}

Deno.test("PartFile keeps contents where permissions and times are not kept", async () => {
  for (const code of ["EPERM", "EOPNOTSUPP", "EINVAL"]) {
    await using folder = await temporaryFolder();
    {
      using _ = refusing(code);
      strictEqual(await receive(folder.path), true);
    }
    deepStrictEqual(await Deno.readFile(join(folder.path, "a")), CONTENTS);
    deepStrictEqual(Array.from(Deno.readDirSync(folder.path), ({ name }) => name), ["a"]);
  }
});

Deno.test("PartFile throws other faults of the system, and gives no name to the file", async () => {
  await using folder = await temporaryFolder();
  using _ = refusing("EIO");
  await rejects(receive(folder.path), /Cannot write ".*\.part": /);
  await rejects(Deno.stat(join(folder.path, "a")), Deno.errors.NotFound);
});

Deno.test("PartFile writes while more comes, and throws later what fails", async () => {
  const file = ScriptedFiles.entry(FILE);
  if (file.kind !== "file") throw new Error("No file");
  const remote = new ScriptedFiles([FILE]);
  const { write } = Deno.FsFile.prototype;
  for (const failing of ["next", "end", "none"]) {
    await using folder = await temporaryFolder();
    const { promise: written, resolve, reject } = Promise.withResolvers<number>();
    await using part = await PartFile.open({ folder: folder.path, name: "a" }, {
      ...{ file, check: await remote.check(file) },
    });
    Deno.FsFile.prototype.write = () => written;
    try {
      // It resolves although nothing is written yet.
      await part.write(CONTENTS);
    } finally {
      Deno.FsFile.prototype.write = write;
    }
    if (failing === "none") resolve(CONTENTS.byteLength);
    else reject(Object.assign(new Error("No space"), { code: "ENOSPC" }));
    if (failing === "next") await rejects(part.write(CONTENTS), /Cannot write ".*\.part"/);
    const finished = part.finish(file);
    if (failing === "none") strictEqual(await finished, true);
    else await rejects(finished, /Cannot write ".*\.part"/);
  }
});
