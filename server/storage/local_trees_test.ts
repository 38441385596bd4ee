import { withEmptyDatabase } from "../../tests/peers/empty_database.ts";
import { accountsConformance } from "../../tests/storage/suites/accounts_conformance.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { committerConformance } from "../../tests/storage/suites/committer_conformance.ts";
import { contentsConformance } from "../../tests/storage/suites/contents_conformance.ts";
import {
  uploadLifetimeConformance,
} from "../../tests/storage/suites/upload_lifetime_conformance.ts";
import { uploadsConformance } from "../../tests/storage/suites/uploads_conformance.ts";
import { openStorage } from "./open_storage.ts";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { treeChangesConformance } from "../../tests/storage/suites/tree_changes_conformance.ts";
import { treeConformance } from "../../tests/storage/suites/tree_conformance.ts";
import type { OpenTrees } from "../../tests/storage/trees_under_test.ts";

const open: OpenTrees = async (resources) => {
  const data = await withEmptyDatabase(resources.use(await temporaryFolder()).path);
  return (clock) => openStorage({ data, database: undefined, clock });
};

committerConformance("The local storage", async (resources) => {
  const data = await withEmptyDatabase(resources.use(await temporaryFolder()).path);
  return resources.use(await openStorage({ data, database: undefined, clock: SYSTEM_CLOCK }));
});
treeConformance("The local storage", open);
treeChangesConformance("The local storage", open);
accountsConformance("The local storage", open);
contentsConformance("The local storage", open);
uploadsConformance("The local storage", open);
uploadLifetimeConformance("The local storage", open);
