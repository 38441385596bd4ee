/**
 * Keeps files in a storage as a server does, and says on standard output what was asked for and
 * what was acknowledged: one object in JSON for each. To be traced.
 */
import { ok } from "node:assert/strict";
import { openStorage } from "../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { Talk } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import { LIMITS, servicesOver } from "../peers/test_services.ts";

/** What was asked of the storage, or promised by it. */
export type Note =
  | { readonly kind: "registered"; readonly id: string; readonly name: string }
  | {
    readonly kind: "asks";
    readonly id: string;
    readonly fileName: string;
    readonly size: number;
    readonly checksum: number;
  }
  | { readonly kind: "acknowledged"; readonly id: string; readonly fileName: string };

if (import.meta.main) await uploads(Deno.args[0] ?? "");

async function uploads(data: string): Promise<void> {
  await using storage = await openStorage({ clock: SYSTEM_CLOCK, data, database: undefined });
  const connect = () => new Talk(servicesOver(storage, { limits: LIMITS }), "2024a");
  await Promise.all([1, 2, 3].map(async (n) => {
    const client = new TestClient(connect(), { name: `Client ${n}` });
    await client.introduce();
    const id = client.clientId.toHex();
    note({ kind: "registered", id, name: client.name.text });
    for (const size of [100_000 + n, 1_000 + n, 200_000 + n, 3_000 + n, 70_000 + n]) {
      for (const fileName of ["one.bin", "two.bin"]) await keep(client, { fileName, size });
      if (size < 2_000) await storage.committer.flush();
    }
    // Enough for a checkpoint.
    for (let m = 0; m < 15; m++) await keep(client, { fileName: `${m}.bin`, size: 60_000 + m });
  }));
  await storage.committer.flush();
}

async function keep(client: TestClient, { fileName, size }: {
  readonly fileName: string;
  readonly size: number;
}): Promise<void> {
  const id = client.clientId.toHex();
  const content = lcg(size, size);
  const sum = new Cksum();
  sum.update(content);
  const reply = await client.file(content, { fileName });
  ok(reply?.kind === "fileReceived");
  note({ kind: "asks", id, fileName, size, checksum: sum.digest() });
  const answer = await client.ask(client.verdict("crcValid", fileName));
  ok(answer?.kind === "acknowledged");
  note({ kind: "acknowledged", id, fileName });
}

function note(said: Note): void {
  Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(said)));
}
