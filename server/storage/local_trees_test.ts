import { withEmptyDatabase } from "../../tests/peers/empty_database.ts";
import { accountsConformance } from "./testing/accounts_conformance.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { committerConformance } from "./testing/committer_conformance.ts";
import { contentsConformance } from "./testing/contents_conformance.ts";
import { uploadLifetimeConformance } from "./testing/upload_lifetime_conformance.ts";
import { uploadsConformance } from "./testing/uploads_conformance.ts";
import { openStorage } from "./open_storage.ts";
import { temporaryFolder } from "./testing/temporary_folder.ts";
import { treeChangesConformance } from "./testing/tree_changes_conformance.ts";
import { treeConformance } from "./testing/tree_conformance.ts";
import type { OpenTrees } from "./testing/trees_under_test.ts";

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
