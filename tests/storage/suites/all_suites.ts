import { accountsConformance } from "./accounts_conformance.ts";
import { contentsConformance } from "./contents_conformance.ts";
import { keyedVersionsConformance } from "./keyed_versions_conformance.ts";
import type { OpenRows } from "../rows_under_test.ts";
import { treeChangesConformance } from "./tree_changes_conformance.ts";
import { treeConformance } from "./tree_conformance.ts";
import type { OpenTrees } from "../trees_under_test.ts";
import { uploadLifetimeConformance } from "./upload_lifetime_conformance.ts";
import { uploadPiecesConformance } from "./upload_pieces_conformance.ts";
import { uploadsConformance } from "./uploads_conformance.ts";

/** Registers the tests for every storage of trees, with its accounts, contents and uploads. */
export function treeSuites(name: string, open: OpenTrees): void {
  treeConformance(name, open);
  treeChangesConformance(name, open);
  accountsConformance(name, open);
  contentsConformance(name, open);
  uploadsConformance(name, open);
  uploadLifetimeConformance(name, open);
}

/** Registers the tests for every database of contents that lie in a store of objects. */
export function objectRowSuites(name: string, open: OpenRows): void {
  keyedVersionsConformance(name, open);
  uploadPiecesConformance(name, open);
}
