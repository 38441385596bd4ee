import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { lcg } from "../kernel/golden_vectors.ts";
import { computer, get, send } from "./fixtures/computer.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

const MIB = 1024 ** 2;
const isWindows = Deno.build.os === "windows";

/** What a folder has: kind, contents or target, time and permissions of each entry. */
function snapshot(folder: string, below = ""): readonly unknown[] {
  return Array.from(Deno.readDirSync(join(folder, below)), ({ name }) => name).sort()
    .flatMap((name) => {
      const path = join(below, name);
      const { isFile, isSymlink, mtime, mode } = Deno.lstatSync(join(folder, path));
      const facts = isWindows ? [] : [(mode ?? 0) & 0o777];
      if (isSymlink) return [[path, Deno.readLinkSync(join(folder, path))]];
      if (isFile) {
        const contents = Deno.readFileSync(join(folder, path));
        return [[path, contents, mtime?.getTime(), ...facts]];
      }
      return [[path, mtime?.getTime()], ...snapshot(folder, path)];
    });
}

/** Ends what goes over a connection after so many bytes. */
function cutAfter(conn: Deno.TcpConn, bytes: number): void {
  const write = conn.write.bind(conn);
  let written = 0;
  conn.write = async (piece) => {
    const count = await write(piece);
    written += count;
    if (written >= bytes && written - count < bytes) await conn.closeWrite();
    return count;
  };
}

Deno.test("a folder goes up and comes back as it was", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  const photos = join(here.folder, "photos");
  await Deno.mkdir(join(photos, "2026/empty"), { recursive: true });
  await Deno.writeFile(join(photos, "small.txt"), lcg(1, 5_000));
  await Deno.writeFile(join(photos, "2026/large.bin"), lcg(2, 3 * MIB + 17));
  await Deno.writeFile(join(photos, "2026/one MiB"), lcg(3, MIB));
  await Deno.writeFile(join(photos, "CON.txt%"), new Uint8Array());
  if (!isWindows) {
    await Deno.chmod(join(photos, "small.txt"), 0o750);
    await Deno.symlink("../small.txt", join(photos, "2026/link"));
  }
  for (const path of ["2026/empty", "2026", ""]) {
    await Deno.utime(join(photos, path), new Date(1.6e12), new Date(1.6e12));
  }
  const sent = await send(here, "photos");
  strictEqual(new Set(Object.values(sent)).size, 1, JSON.stringify(sent));
  await get(here, "photos", "back");
  const back = Array.from(snapshot(join(here.folder, "back", "photos")));
  const names = (entries: readonly unknown[]) =>
    entries.map((entry) => Array.isArray(entry) ? String(entry[0]).replace("%43ON", "CON") : "")
      .sort();
  deepStrictEqual(names(back), names(snapshot(photos)));
  const others = (entries: readonly unknown[]) =>
    entries.filter((entry) => Array.isArray(entry) && !String(entry[0]).includes("ON.txt"));
  deepStrictEqual(others(back), others(snapshot(photos)));
});

Deno.test("what is there is not sent again, and what changed is", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  await Deno.mkdir(join(here.folder, "a/b"), { recursive: true });
  for (const name of ["a/1", "a/2", "a/b/3"]) {
    await Deno.writeTextFile(join(here.folder, name), name);
  }
  await send(here, "a");
  await Deno.writeTextFile(join(here.folder, "a/2"), "changed");
  const again = await send(here, "a");
  deepStrictEqual([again["a/1"], again["a/2"], again["a/b/3"]], ["unchanged", "sent", "unchanged"]);
  await get(here, "a/2", "back");
  strictEqual(await Deno.readTextFile(join(here.folder, "back/2")), "changed");
});

Deno.test("a file of another computer is replaced only if that is wished", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  await using here = await computer(served, maya);
  await using there = await computer(served, maya);
  for (const [size, name] of [[10, "small"], [2 * MIB, "large"]] as const) {
    await Deno.writeFile(join(there.folder, name), lcg(size, size));
    await send(there, name);
    await Deno.writeFile(join(here.folder, name), lcg(9, size + 1));
    deepStrictEqual(await send(here, name), { [name]: "name-conflict" });
    deepStrictEqual(await send(here, name, "skip"), { [name]: "skipped" });
    deepStrictEqual(await send(here, name, "rename"), { [`${name} (2)`]: "sent" });
    deepStrictEqual(await send(here, name, "replace"), { [name]: "sent" });
    await get(here, name, "back");
    deepStrictEqual(await Deno.readFile(join(here.folder, "back", name)), lcg(9, size + 1));
    await get(here, `${name} (2)`, "back");
  }
});

Deno.test("a batch that is cut sends again only what had no answer", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  await Deno.mkdir(join(here.folder, "many"));
  for (let n = 0; n < 600; n++) {
    await Deno.writeFile(join(here.folder, "many", `${n}`), lcg(n, 6_000));
  }
  let batches = 0;
  let isBatch = false;
  here.session.onRequest = ({ path }) => void (isBatch = path === "/v4/batch");
  here.session.onConnection = (conn) => {
    if (isBatch && ++batches === 1) cutAfter(conn, 2 * MIB);
  };
  const sent = await send(here, "many");
  strictEqual(Object.values(sent).filter((status) => status === "sent").length, 601);
  strictEqual(batches, 2);
  const again = served.counters.value("files-stored") - 600;
  // Those that were on the way: at most what may be unanswered.
  ok(again >= 0 && again < 450, `${again} stored twice`);
});

Deno.test("an upload that is cut goes on from what the server has", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  const size = 8 * MIB + 5;
  const contents = lcg(5, size);
  await Deno.writeFile(join(here.folder, "large"), contents);
  let connections = 0;
  here.session.onConnection = (conn) => {
    // The first is for the list, the second creates the upload.
    if (++connections === 3) cutAfter(conn, 5 * MIB);
  };
  deepStrictEqual(await send(here, "large"), { large: "sent" });
  ok(connections > 4, `${connections} connections`);
  const received = served.counters.value("bytes-received") - size;
  ok(received >= 0 && received <= 2 * MIB, `${received} bytes were sent twice`);
  await get(here, "large", "back");
  deepStrictEqual(await Deno.readFile(join(here.folder, "back/large")), contents);
});

Deno.test("what comes from a stream goes on after a loss with what was kept", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  const contents = lcg(6, 8 * MIB + 7);
  let connections = 0;
  here.session.onConnection = (conn) => {
    // The first creates the upload.
    if (++connections === 2) cutAfter(conn, 5 * MIB);
  };
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < contents.byteLength; at += 300_000) {
      yield await Promise.resolve(contents.subarray(at, at + 300_000));
    }
  }
  const target = { to: ["a", "stream"], replaces: "none", onProgress: () => {} };
  await here.tree.sendStream(pieces(), target);
  ok(connections > 4, `${connections} connections`);
  await get(here, "a/stream", "back");
  deepStrictEqual(await Deno.readFile(join(here.folder, "back/stream")), contents);
  const empty = { ...target, to: ["empty"] };
  const tag = await here.tree.sendStream(ReadableStream.from<Uint8Array>([]), empty);
  const entry = await here.tree.entry(["empty"]);
  strictEqual(entry?.kind === "file" && entry.tag, tag);
});

Deno.test("the progress of a stream has all of it, also after a loss at its end", async () => {
  await using served = await servedApplication();
  await using here = await computer(served, await registered(served, "Maya"));
  let connection: Deno.TcpConn | undefined;
  here.session.onConnection = (conn) => void (connection = conn);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    await connection?.closeWrite();
    yield new Uint8Array(5);
  }
  let told = 0;
  const onProgress = (bytes: number) => void (told = bytes);
  await here.tree.sendStream(pieces(), { to: ["stream"], replaces: "none", onProgress });
  const entry = await here.tree.entry(["stream"]);
  deepStrictEqual([entry?.kind === "file" && entry.size, told], [5, 5]);
});
