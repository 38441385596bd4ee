import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";

import { openStorage } from "../../server/storage/open_storage.ts";
import { newDevice, newId } from "../storage/trees_under_test.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import { clientIdText } from "../../shared/wire/client_id.ts";
import { ran } from "./ran.ts";

Deno.test("an upload of no bytes is nothing that check or export miss", async () => {
  await using folder = await temporaryFolder();
  const [data, to] = [join(folder.path, "data"), join(folder.path, "to")];
  const clientId = newId();
  {
    await using storage = await openStorage({ data, database: undefined, clock: SYSTEM_CLOCK });
    const { accounts, uploads } = storage;
    const device = newDevice();
    await accounts.register({ id: clientId, name: "Maya", device });
    const { upload } = await uploads.create({ clientId, path: "empty", size: 0 });
    await uploads.commit({ ...upload, size: 0, tree: new TreeHash().digest() });
  }
  const check = await ran("check", ["--data", data]);
  equal(check.code, 0, check.out);
  match(check.out, /^Checked 1 files, 0 B: all as they are on record\n$/);
  const exported = await ran("export", ["--data", data, "--to", to]);
  equal(exported.code, 0, exported.out);
  const path = join(to, "trees", clientIdText(clientId), "empty");
  deepEqual(await Deno.readFile(path), new Uint8Array());
});
