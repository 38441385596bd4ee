import { sqliteRows } from "../../../tests/engines/sqlite_rows.ts";
import {
  keyedVersionsConformance,
} from "../../../tests/storage/suites/keyed_versions_conformance.ts";
import {
  uploadPiecesConformance,
} from "../../../tests/storage/suites/upload_pieces_conformance.ts";

keyedVersionsConformance("SQLite", (_, clock) => sqliteRows(clock));
uploadPiecesConformance("SQLite", (_, clock) => sqliteRows(clock));
