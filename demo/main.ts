/**
 * A demonstration in under a minute: a real server, a real client, two files over protocol 3, and a
 * folder over protocol 4 that is interrupted, goes on and comes back. Exits with 1 if anything is
 * wrong, and removes its files.
 */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Cksum } from "../shared/cksum/cksum.ts";
import { formatSize } from "../shared/settings/quantity.ts";
import { makeRandomFile } from "./files.ts";
import { showProtocol4 } from "./protocol4.ts";
import { expect, runTask, startTask, tell, Unexpected } from "./story.ts";

const NAME = "Michael Jackson";

const BIG_SIZE = 32 * 1024 * 1024;

async function makeFiles(folder: string): Promise<void> {
  await Deno.writeTextFile(
    join(folder, "hello.txt"),
    "The quick brown fox jumps over the lazy dog.\n",
  );
  await makeRandomFile(join(folder, "big.bin"), BIG_SIZE);
}

/** Returns whether two files have the same bytes, and their checksum. */
async function compare(a: string, b: string): Promise<{ same: boolean; checksum: number }> {
  const [left, right] = await Promise.all([Deno.readFile(a), Deno.readFile(b)]);
  const sum = new Cksum();
  sum.update(right);
  return {
    same: left.byteLength === right.byteLength && left.every((byte, i) => byte === right[i]),
    checksum: sum.digest(),
  };
}

/** Runs the client in batch mode, configured by the three lines of `transfer.info`. */
async function send(
  file: string,
  { folder, address }: { readonly folder: string; readonly address: string },
): Promise<void> {
  const lines = [address, NAME, file];
  await Deno.writeTextFile(join(folder, "transfer.info"), `${lines.join("\n")}\n`);
  tell(`    transfer.info: ${lines.join(" | ")}`);
  const { code, output } = await runTask("client", ["--dir", folder, "--verbose"]);
  for (const line of output.split("\n").filter((line) => line !== "")) tell(`    ${line}`);
  expect(code === 0, `The client ended with exit code ${code}`);
}

function tellCatalog(database: string): void {
  using db = new DatabaseSync(database, { readOnly: true });
  const hint = (id: unknown) => id instanceof Uint8Array ? `${hex(id).slice(0, 8)}…` : "?";
  for (const row of db.prepare("SELECT * FROM clients").all()) {
    tell(`    clients: ID ${hint(row["ID"])}  Name ${row["Name"]}  LastSeen ${row["LastSeen"]}`);
  }
  const files = db.prepare("SELECT * FROM files ORDER BY Size").all();
  for (const row of files) {
    tell(
      `    files:   ID ${hint(row["ID"])}  FileName ${row["FileName"]}  Size ${row["Size"]}  ` +
        `Checksum ${row["Checksum"]}  Verified ${row["Verified"]}`,
    );
  }
  expect(files.length === 2, `The catalog has ${files.length} files instead of 2`);
  expect(files.every((row) => row["Verified"] === 1), "A file in the catalog is not verified");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function demonstrate(folder: string): Promise<void> {
  const data = join(folder, "server-data");
  const home = join(folder, "client");
  const database = join(folder, "catalog.db");
  await Deno.mkdir(home);

  tell("1. A server starts on a free port, with its files and its database in a temporary folder.");
  await using server = startTask("server", [
    ...["--host", "127.0.0.1", "--port", "0", "--data", data, "--database", database],
  ], "    server | ");
  const { value: ready } = await server.lines.next();
  expect(ready?.startsWith("listening on ") ?? false, "The server did not start");
  const address = `${ready}`.replace("listening on ", "");
  const { value: pinned } = await server.lines.next();
  expect(pinned?.startsWith("sealpost://") ?? false, "The server did not say its key");
  tell(`    It says: ${ready}`);
  tell(`              ${pinned}`);

  tell(`\n2. Two files are made: hello.txt, and big.bin of ${formatSize(BIG_SIZE)}.`);
  await makeFiles(home);

  tell(
    "\n3. The client runs for the first time: it registers, sends its key and hello.txt.",
  );
  await send("hello.txt", { folder: home, address });
  tell("    It keeps who it is in me.info and priv.key, readable by its owner alone.");

  tell("\n4. The client runs again: it reconnects with that identity and sends big.bin.");
  await send("big.bin", { folder: home, address });

  tell("\n5. What the server keeps, compared byte for byte with what was sent:");
  const [client] = await Array.fromAsync(Deno.readDir(join(data, "received_files")));
  const kept = join(data, "received_files", client?.name ?? "nobody");
  for (const file of ["hello.txt", "big.bin"]) {
    const { same, checksum } = await compare(join(home, file), join(kept, file));
    tell(`    ${join(kept, file)}`);
    tell(`      ${same ? "identical" : "DIFFERENT"}, cksum ${checksum}`);
    expect(same, `${file} is not what was sent`);
  }

  tell("\n    The rows of the catalog:");
  tellCatalog(database);

  const own = join(folder, "maya");
  await Deno.mkdir(own);
  await showProtocol4({ folder: own, data, address: `${pinned}` });

  tell("\n11. The server is asked to stop.");
  const code = await server.stop();
  expect(code === 0, `The server ended with exit code ${code}`);
}

const folder = await Deno.makeTempDir({ prefix: "sealpost-demo-" });
const tidyUp = () => Deno.remove(folder, { recursive: true });
Deno.addSignalListener("SIGINT", () => tidyUp().finally(() => Deno.exit(130)));
let code = 0;
try {
  await demonstrate(folder);
  tell("\nAll files arrived, encrypted on the way, and are the same on both sides.");
} catch (error) {
  if (!(error instanceof Unexpected)) throw error;
  tell(`\nNot as it should be: ${error.message}`);
  code = 1;
} finally {
  await tidyUp();
}
Deno.exit(code);
