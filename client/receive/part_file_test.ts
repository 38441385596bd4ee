import { deepStrictEqual, match, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { ScriptedFiles } from "../../tests/peers/scripted_files.ts";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { PartFile, partName } from "./part_file.ts";

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
  part.write(CONTENTS);
  return await part.finish(file);
}

Deno.test("PartFile syncs a file before it takes its place", async () => {
  await using folder = await temporaryFolder();
  const { sync } = Deno.FsFile.prototype;
  const there: string[][] = [];
  Deno.FsFile.prototype.sync = function () {
    there.push(Array.from(Deno.readDirSync(folder.path), ({ name }) => name));
    return sync.call(this);
  };
  try {
    strictEqual(await receive(folder.path), true);
  } finally {
    Deno.FsFile.prototype.sync = sync;
  }
  match(there.join(), /^\.a\.[0-9a-f]{12}\.part$/);
});

Deno.test("PartFile begins again where a part has more than the file", async () => {
  await using folder = await temporaryFolder();
  const file = ScriptedFiles.entry(FILE);
  if (file.kind !== "file") throw new Error("No file");
  const part = join(folder.path, await partName("a", file.tag));
  await Deno.writeFile(part, new Uint8Array(CONTENTS.byteLength + 1));
  strictEqual(await receive(folder.path), true);
  deepStrictEqual(await Deno.readFile(join(folder.path, "a")), CONTENTS);
});

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

Deno.test("PartFile has written what it was given, and throws at once what fails", async () => {
  const file = ScriptedFiles.entry(FILE);
  if (file.kind !== "file") throw new Error("No file");
  const check = await new ScriptedFiles([FILE]).check(file);
  await using folder = await temporaryFolder();
  await using part = await PartFile.open({ folder: folder.path, name: "a" }, { file, check });
  const bytes = CONTENTS.slice(0, 3);
  part.write(bytes);
  // What it was given may be reused.
  bytes.fill(0);
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = () => {
    throw Object.assign(new Error("No space"), { code: "ENOSPC" });
  };
  try {
    throws(() => part.write(CONTENTS.subarray(3)), /Cannot write ".*\.part": the disk is full/);
  } finally {
    Deno.FsFile.prototype.writeSync = writeSync;
  }
  strictEqual(part.size, 3);
  part.write(CONTENTS.subarray(3));
  strictEqual(await part.finish(file), true);
  deepStrictEqual(await Deno.readFile(join(folder.path, "a")), CONTENTS);
});
