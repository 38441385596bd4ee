/**
 * Makes `data/`, `clients/` and `expected.json` beside it, with the programs of version 0.1.0: what
 * users of that version have on their disks. To be run again only for another version:
 *
 *     git worktree add --detach /tmp/sealpost-0.1.0 f2f10b3
 *     deno run -A tests/old/make.ts /tmp/sealpost-0.1.0
 *
 * The server is ended by SIGKILL while it stores files, again and again until it leaves all that
 * can be left: an upload in staging, an intent whose contents are in staging and one whose contents
 * are in their place, and small contents in the table `unsynced`. The keys in `clients/` open
 * nothing else.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import {
  NAMING_CLIENT,
  OLD_NAMES,
  type OldClient,
  oldContent,
  type OldFile,
  sha256,
} from "./old_files.ts";
import { startOldServer } from "./old_server.ts";

const REVISIONS = ["2022c", "2023a", "2023c", "2024a", "2024c"];
const HERE = import.meta.dirname ?? ".";
/** More than the catalog keeps for a time; and how often each client sends that file. */
const INTENDED = { size: 66_000, versions: 400 };
/** Its last packet is not sent before the server is ended. */
const STAGED = { size: 630_000, packetSize: "300000", packetDelay: "3s" };

const [source = ""] = Deno.args;
const work = await Deno.makeTempDir({ prefix: "sealpost_old_" });
const clients = join(work, "clients");
const data = join(work, "data");

/** A server with a listener for all revisions and one for 2023c. */
async function startServer(folder: string) {
  const listeners = ["auto", "2023c"];
  const server = await startOldServer({ source, data: folder, listeners });
  const [address = "", address2023c = ""] = server.addresses;
  return { ...server, address, address2023c };
}

function startClient(folder: string, server: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", join(source, "client/main.ts"), "--dir", join(clients, folder)],
      ...["--server", server, "--retries", "0", "--parallel", "1", ...args],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
}

async function send(folder: string, server: string, args: readonly string[]): Promise<void> {
  const { success } = await startClient(folder, server, args).status;
  if (!success) throw new Error(`The client in ${folder} did not send`);
}

async function written(path: string, content: string): Promise<string> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, content);
  return path;
}

/** Registers all clients, and has them send files of every name. */
async function fill(): Promise<void> {
  const files = join(work, "files");
  const server = await startServer(data);
  for (const folder of [...REVISIONS, "course", "course_key_apart"]) {
    await Deno.mkdir(join(clients, folder), { recursive: true });
    const revision = REVISIONS.includes(folder) ? folder : "2024a";
    const address = revision === "2023c" ? server.address2023c : server.address;
    const names = folder === NAMING_CLIENT ? Object.values(OLD_NAMES).flat() : ["a letter.txt"];
    const paths = [];
    for (const name of names) {
      paths.push(await written(join(files, folder, name), oldContent(name)));
    }
    const name = `Client in ${folder.replaceAll("_", " ")}`;
    await send(folder, address, ["--revision", revision, "--name", name, ...paths]);
  }
  await server.end("SIGTERM");
}

/** Ends a server while it stores files; whether it has left all that can be left. */
async function crash(folder: string): Promise<boolean> {
  const server = await startServer(folder);
  const address = (client: string) => client === "2023c" ? server.address2023c : server.address;
  const large = await written(
    join(work, "large", "staged.bin"),
    "staged\n".repeat(STAGED.size / 7),
  );
  const slow = ["--packet-size", STAGED.packetSize, "--packet-delay", STAGED.packetDelay];
  const senders = [startClient("course", server.address, ["--revision", "2024a", ...slow, large])];
  while ((await stagedIn(folder)).length === 0) await moment(50);
  const small = await written(join(work, "small", "unsynced.txt"), oldContent("unsynced.txt"));
  const smallAgain = new Array<string>(INTENDED.versions).fill(small);
  senders.push(
    startClient("course_key_apart", server.address, ["--revision", "2024a", ...smallAgain]),
  );
  for (const client of REVISIONS) {
    const versions = Array.from(
      { length: INTENDED.versions },
      (_, version) => join(work, "versions", `${version}`, "intended.bin"),
    );
    senders.push(startClient(client, address(client), ["--revision", client, ...versions]));
  }
  while (await countIntended(folder) < REVISIONS.length) await moment(20);
  await moment(Math.random() * 200);
  await server.end("SIGKILL");
  for (const sender of senders) kill(sender);
  await Promise.all(senders.map((sender) => sender.status));
  return await leftAll(folder);
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // It has ended already.
  }
}

const moment = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

function stagedIn(folder: string): Promise<readonly string[]> {
  return Array.fromAsync(Deno.readDir(join(folder, "staging")), ({ name }) => name);
}

async function countIntended(folder: string): Promise<number> {
  let count = 0;
  for await (const { name } of Deno.readDir(join(folder, "received_files"))) {
    const path = join(folder, "received_files", name, "intended.bin");
    count += await Deno.stat(path).then(() => 1, () => 0);
  }
  return count;
}

async function leftAll(folder: string): Promise<boolean> {
  const copy = await Deno.makeTempDir({ dir: work });
  await copyFolder(folder, copy);
  const staged = await stagedIn(copy);
  using database = new DatabaseSync(join(copy, "defensive.db"));
  const rows = (query: string) => database.prepare(query).all();
  // Only where an old version is on record, it can be told which of the two counts.
  const intents = rows(
    "SELECT Staged FROM intents JOIN files USING (ID, FileName)" +
      " WHERE files.Checksum <> intents.Checksum",
  ).map((row) => String(row["Staged"]));
  const intended = intents.filter((name) => staged.includes(name)).length;
  const unsynced = rows("SELECT FileName FROM unsynced").length;
  const uploads = staged.length - intended;
  return uploads > 0 && intended > 0 && intents.length > intended && unsynced > 0;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** What lies in its place when a server is ended is what the next one has to come to. */
async function describe(folder: string): Promise<readonly OldClient[]> {
  const copy = join(work, "described");
  await copyFolder(folder, copy);
  using database = new DatabaseSync(join(copy, "defensive.db"));
  const described: OldClient[] = [];
  for (const client of database.prepare("SELECT * FROM clients ORDER BY rowid").all()) {
    const name = String(client["Name"]);
    const files: OldFile[] = [];
    for (
      const row of database.prepare("SELECT * FROM files WHERE ID = ? ORDER BY rowid")
        .all(client["ID"] ?? null)
    ) {
      const [fileName, pathName] = [String(row["FileName"]), String(row["PathName"])];
      const content = await Deno.readFile(join(copy, pathName));
      const text = new TextDecoder().decode(content);
      // The others have a name that is stored as it is.
      const [, sent = fileName] = /^The first version of ([^]+)\n$/.exec(text) ?? [];
      files.push({ sent, fileName, pathName, size: content.length, sha256: await sha256(content) });
    }
    described.push({
      folder: name.replace("Client in ", "").replaceAll(" ", "_"),
      name,
      id: hex(client["ID"]),
      revision: String(client["Revision"]),
      files,
    });
  }
  return described;
}

function hex(id: unknown): string {
  if (!(id instanceof Uint8Array)) throw new TypeError("An id is no BLOB");
  return Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Gives two clients the files that programs of the course write, with the identity that they have.
 */
async function writeAsCourse(): Promise<void> {
  const read = async (folder: string) =>
    (await Deno.readTextFile(join(clients, folder, "me.info"))).trimEnd().split("\n");
  // Crypto++ breaks base64 at 72 columns and ends it with a line feed; Windows writes CRLF.
  const [name = "", id = "", key = ""] = await read("course");
  const wrapped = (key.match(/.{1,72}/g) ?? []).map((line) => `${line}\r\n`).join("");
  await Deno.writeTextFile(join(clients, "course/me.info"), `${name}\r\n${id}\r\n${wrapped}`);
  await Deno.writeTextFile(join(clients, "course/priv.key"), wrapped);
  const [otherName, otherId = "", otherKey = ""] = await read("course_key_apart");
  const upper = otherId.toUpperCase();
  await Deno.writeTextFile(
    join(clients, "course_key_apart/me.info"),
    `\ufeff${otherName}\n${upper}`,
  );
  const der = Uint8Array.from(atob(otherKey), (byte) => byte.charCodeAt(0));
  await Deno.writeFile(join(clients, "course_key_apart/priv.key"), der);
}

await fill();
for (let version = 0; version < INTENDED.versions; version++) {
  const content = `version ${version}\n`.padEnd(32).repeat(INTENDED.size / 32 + version);
  await written(join(work, "versions", `${version}`, "intended.bin"), content);
}
for (let attempt = 1;; attempt++) {
  const crashed = join(work, `crashed_${attempt}`);
  await copyFolder(data, crashed);
  if (!await crash(crashed)) continue;
  await writeAsCourse();
  await written(join(clients, "fresh/transfer.info"), "127.0.0.1:1256\nNewcomer\na letter.txt\n");
  await written(join(clients, "fresh/a letter.txt"), oldContent("a letter.txt"));
  const expected = await describe(crashed);
  // The client in the folder without transfer.info is recognised by its me.info alone.
  for (const { folder, name } of expected.filter(({ folder }) => folder !== "2024c")) {
    await written(
      join(clients, folder, "transfer.info"),
      `127.0.0.1:1256\n${name}\na letter.txt\n`,
    );
  }
  for (const folder of ["data", "clients"]) {
    await Deno.remove(join(HERE, folder), { recursive: true }).catch(() => {});
  }
  await copyFolder(crashed, join(HERE, "data"));
  await copyFolder(clients, join(HERE, "clients"));
  await Deno.writeTextFile(join(HERE, "expected.json"), JSON.stringify(expected, undefined, 2));
  break;
}
await Deno.remove(work, { recursive: true });
