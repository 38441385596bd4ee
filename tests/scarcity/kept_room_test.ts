/** A disk that is full to the last byte: what has to be removed can be, in room that was kept. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DurableDatabase } from "../../server/storage/sqlite/writing/durable_database.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { type Accounts, tokenIdOf, type TokenRecord } from "../../server/storage/trees/accounts.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";
import { TestClock } from "../peers/test_clock.ts";
import { bytes, newDevice, newId } from "../storage/trees_under_test.ts";
import { mayMount, type SmallDisk, smallDisk } from "./small_disk.ts";

const mounts = await mayMount();

/** A test with a disk of 80 MiB. */
function onSmallDisk(name: string, run: (disk: SmallDisk) => Promise<void>): void {
  Deno.test({
    name: name + (mounts ? "" : " (ignored: no right to mount a tmpfs)"),
    ignore: !mounts,
    async fn() {
      await using disk = await smallDisk(80 * 1024 * 1024);
      assert(disk !== undefined);
      await run(disk);
    },
  });
}

function isFull(error: unknown): boolean {
  return error instanceof StorageError && error.reason === "disk-full";
}

onSmallDisk(
  "A full disk refuses what adds to a database, and not what removes from it",
  async (disk) => {
    const path = join(disk.path, "test.db");
    const clock = new TestClock();
    {
      await using _made = await DurableDatabase.open({ path, clock });
      clock.advance(500);
    }
    const reserve = `${path}-reserve`;
    assert.equal((await Deno.stat(reserve)).size, 5 * 1024 * 1024);
    await using database = await DurableDatabase.open({ path, clock });
    const { sql } = database;
    const add = () =>
      database.write(() => {
        sql.run("INSERT INTO small_contents (Bytes) VALUES (?)", new Uint8Array(60_000));
      });
    const remove = (row: number) =>
      database.write(
        () => sql.run("DELETE FROM small_contents WHERE Row = ?", row),
        { mayUseReserve: true },
      );
    for (let rows = 0; rows < 20; rows++) await add();
    await disk.fill(0);
    // What the log has left in its last block is for the first of them.
    await assert.rejects(async () => {
      for (let rows = 0; rows < 3; rows++) await add();
    }, isFull);
    // The log has to be copied into the database, which grows by all of it.
    for (let row = 1; row <= 20; row++) assert.equal(await remove(row), 1, `${row}`);
    await assert.rejects(Deno.stat(reserve), Deno.errors.NotFound);
    await disk.empty();
    await add();
  },
);

/** What a token of a computer that was stolen is revoked by. */
interface Stolen {
  readonly accounts: Accounts;
  readonly clientId: ClientId;
  readonly token: Pick<TokenRecord, "id" | "deviceId">;
}

const WAYS: Readonly<Record<string, (stolen: Stolen) => Promise<unknown>>> = {
  "token is revoked": ({ accounts, clientId, token }) => accounts.revokeToken(clientId, token.id),
  "computer is removed": ({ accounts, clientId, token }) =>
    accounts.removeDevice(clientId, token.deviceId),
};

for (const [way, revoke] of Object.entries(WAYS)) {
  onSmallDisk(`On a full disk a stolen ${way}`, async (disk) => {
    const clock = new TestClock();
    const data = join(disk.path, "data");
    await using storage = await openStorage({ data, database: undefined, clock });
    const { accounts } = storage;
    const [clientId, stolen] = [newId(), newDevice()];
    await accounts.register({ id: clientId, name: "Maya", device: newDevice() });
    const expires = new Date(clock.date().getTime() + 3_600_000);
    const add = async (device = newDevice()) => {
      const hash = bytes(32);
      await accounts.offerDevice({ hash, clientId, expires });
      await accounts.addDevice(hash, device);
    };
    await add(stolen);
    const token = { id: tokenIdOf(bytes(16)), hash: bytes(32), clientId, deviceId: stolen.id };
    await accounts.issueToken({ ...token, scope: "write", expires });
    clock.advance(500);
    await disk.fill(0);
    await assert.rejects(async () => {
      while (true) await add();
    }, isFull);
    await revoke({ accounts, clientId, token });
    assert.equal((await accounts.token(token.hash))?.state, "revoked");
  });
}
