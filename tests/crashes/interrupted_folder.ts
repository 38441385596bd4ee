import { join } from "node:path";
import { openDatabase } from "../../server/storage/sqlite/opening/open_database.ts";
import { locationOf } from "../../server/storage/names/location.ts";
import { type ClientId, clientIdOf, clientIdText } from "../../shared/wire/client_id.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import { databaseIn } from "../end_to_end/fixtures/data_folder.ts";
import { PUBLIC_KEY } from "../peers/test_client.ts";

/** What a data folder is to hold. */
export interface InterruptedOptions {
  readonly clients: number;
  /** Files on record of all clients together; those of a client lie in one and the same place. */
  readonly rows: number;
  /** Commits of all clients together that were under way when the server was killed. */
  readonly intents: number;
}

/** How far a commit came. */
type Moment = "staged" | "placed" | "lost";

const MOMENTS: readonly Moment[] = ["staged", "placed", "lost"];

/** A client of the folder: a `TestClient` may come in its name. */
export interface InterruptedClient {
  readonly clientId: ClientId;
  readonly name: string;
  /** By name of a file that was under way, the contents that a recovery has to leave. */
  readonly files: Map<string, string>;
}

/** Makes a data folder as a server leaves it that is killed amid commits; its clients. */
export async function interruptedFolder(
  data: string,
  { clients, rows, intents }: InterruptedOptions,
): Promise<readonly InterruptedClient[]> {
  for (const folder of ["", "received_files", "staging"]) {
    await Deno.mkdir(join(data, folder), { recursive: true, mode: 0o700 });
  }
  const database = await openDatabase(databaseIn(data));
  // Without a log: it would have each page of a million rows several times.
  database.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
  const insert = (table: string, columns: readonly string[]) => {
    const values = columns.map(() => "?").join(", ");
    return database.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${values})`);
  };
  const client = insert("clients", ["ID", "Name", "PublicKey", "LastSeen", "Revision"]);
  const version = ["ID", "FileName", "PathName", "FoldedPath", "Size", "Checksum"];
  const file = insert("files", [...version, "NameKey", "Verified", "StoredAt"]);
  const intent = insert("intents", [...version, "Staged"]);
  const common = database.prepare(
    "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT :rows) " +
      "INSERT INTO files (ID, FileName, PathName, FoldedPath, Size, Checksum, NameKey, Verified, " +
      "StoredAt) SELECT :id, 'file ' || n, :path, upper(:folder || 'file ' || n), :size, " +
      ":checksum, 'file ' || n, 1, :now FROM numbers",
  );
  const now = new Date().toISOString();
  const made = Array.from({ length: clients }, (_, index): InterruptedClient => {
    const clientId = clientIdOf(new Uint8Array(16).fill(0xc1));
    new DataView(clientId.buffer).setUint32(4, index);
    return { clientId, name: `Client ${index}`, files: new Map() };
  });
  const record = (clientId: ClientId, fileName: string, { location, text }: {
    readonly location: string;
    readonly text: string;
  }) => {
    const folded = locationOf(clientId, fileName).toUpperCase();
    const { size, checksum } = factsOf(text);
    file.run(clientId, fileName, location, folded, size, checksum, fileName.toLowerCase(), 1, now);
  };
  for (const { clientId, name, files } of made) {
    client.run(clientId, name, PUBLIC_KEY, now, "2024a");
    await Deno.mkdir(join(data, "received_files", clientIdText(clientId)), { mode: 0o700 });
    const path = locationOf(clientId, "common");
    await Deno.writeTextFile(join(data, path), "common");
    const folder = locationOf(clientId, "");
    common.run({ id: clientId, path, folder, ...factsOf("common"), now, rows: rows / clients });
    for (let n = 0; n < intents / clients; n++) {
      const moment = MOMENTS[n % MOMENTS.length] ?? "staged";
      const fileName = `under way ${n}`;
      const location = locationOf(clientId, fileName);
      const [old, next] = [`old ${n}`, `new ${n}`];
      record(clientId, fileName, { location, text: old });
      const staged = `${crypto.randomUUID().replaceAll("-", "")}.part`;
      const { size, checksum } = factsOf(next);
      intent.run(clientId, fileName, location, location.toUpperCase(), size, checksum, staged);
      await Deno.writeTextFile(join(data, location), moment === "placed" ? next : old);
      if (moment === "staged") await Deno.writeTextFile(join(data, "staging", staged), next);
      files.set(fileName, moment === "placed" ? next : old);
    }
  }
  database.exec("COMMIT; PRAGMA journal_mode = WAL");
  database.close();
  return made;
}

/** Size and checksum of a text. */
export function factsOf(text: string): { readonly size: number; readonly checksum: number } {
  const bytes = new TextEncoder().encode(text);
  const sum = new Cksum();
  sum.update(bytes);
  return { size: bytes.length, checksum: sum.digest() };
}
