import { match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { SentRecord } from "./sent_record.ts";

const quiet = { tell: () => {} };

/** The tag of each file of the tests. */
const TAG = `"3000-${"5a".repeat(32)}"`;

Deno.test("SentRecord knows what an earlier run has sent, however much that was", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "sent");
  const before = new SentRecord(path, quiet);
  for (let at = 0; at < 20_000; at++) before.add(["photos", `${at}.jpg`], TAG);
  await before.flush();
  const now = new SentRecord(path, quiet);
  for (const at of [0, 9_999, 19_999]) {
    strictEqual(await now.has(["photos", `${at}.jpg`], TAG), true, `${at}`);
  }
  strictEqual(await now.has(["photos", "20000.jpg"], TAG), false);
  strictEqual(await now.has(["photos", "0.jpg"], TAG.replace("3000", "3001")), false);
});

Deno.test("SentRecord reads on behind a line that was cut off", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "sent");
  const before = new SentRecord(path, quiet);
  before.add(["a"], TAG);
  await before.flush();
  // The first byte of an "é", and no end of a line.
  await Deno.writeFile(path, Uint8Array.of(0x22, 0xc3), { append: true });
  const between = new SentRecord(path, quiet);
  between.add(["b"], TAG);
  await between.flush();
  const now = new SentRecord(path, quiet);
  strictEqual(await now.has(["a"], TAG), true);
  strictEqual(await now.has(["b"], TAG), true);
});

Deno.test("SentRecord finds a path in each piece of a record, unless it was removed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "sent");
  const record = new SentRecord(path, quiet);
  strictEqual(await record.hasPath(["a"]), false);
  // 200 KB: lines, and letters of several bytes, go across the ends of what is read at once.
  for (let at = 0; at < 2_000; at++) record.add(["ü", `${at}.jpg`], TAG);
  record.removed(["ü", "1000.jpg"]);
  await record.flush();
  // Those that go across a multiple of 4 KiB, and the one that was removed.
  let begin = 0;
  for (const line of (await Deno.readTextFile(path)).split("\n")) {
    const end = begin + new TextEncoder().encode(line).byteLength + 1;
    const at = /(\d+)\.jpg/.exec(line)?.[1];
    if (at !== undefined && (Math.floor(begin / 4096) < Math.floor(end / 4096) || at === "1000")) {
      strictEqual(await record.hasPath(["ü", `${at}.jpg`]), at !== "1000", at);
    }
    begin = end;
  }
  for (const at of ["2000.jpg", "0.jp", ".jpg"]) {
    strictEqual(await record.hasPath(["ü", at]), false, at);
  }
  strictEqual(await record.hasPath(["0.jpg"]), false);
  record.add(["ü", "1000.jpg"], TAG);
  strictEqual(await record.hasPath(["ü", "1000.jpg"]), true);
  // A line without its end was written, too.
  await Deno.writeTextFile(path, `${TAG} "last"`, { append: true });
  strictEqual(await record.hasPath(["last"]), true);
});

Deno.test("SentRecord tells once that it cannot be written, and goes on when it can", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "missing", "sent");
  const told: string[] = [];
  const record = new SentRecord(path, { tell: (line) => void told.push(line) });
  for (const name of ["a", "b", "c"]) {
    record.add([name], TAG);
    await record.flush();
  }
  strictEqual(told.length, 1);
  match(told[0] ?? "", /^What was sent could not be noted: /);
  await Deno.mkdir(join(folder.path, "missing"));
  record.add(["d"], TAG);
  await record.flush();
  strictEqual(await new SentRecord(path, quiet).has(["d"], TAG), true);
});

Deno.test("SentRecord begins another line where a full disk took half of one", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "sent");
  const record = new SentRecord(path, quiet);
  record.add(["a"], TAG);
  await record.flush();
  const { write } = Deno.FsFile.prototype;
  let room = 5;
  Deno.FsFile.prototype.write = async function (bytes) {
    if (room === 0) throw new Error("No space left on device");
    const taken = await write.call(this, bytes.subarray(0, room));
    room -= taken;
    return taken;
  };
  try {
    record.add(["b"], TAG);
    await record.flush();
  } finally {
    Deno.FsFile.prototype.write = write;
  }
  record.add(["c"], TAG);
  await record.flush();
  const now = new SentRecord(path, quiet);
  strictEqual(await now.has(["a"], TAG), true);
  strictEqual(await now.has(["c"], TAG), true);
});
