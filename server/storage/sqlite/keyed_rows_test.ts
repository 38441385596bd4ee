import { sqliteRows } from "../../../tests/engines/sqlite_rows.ts";
import { keyedVersionsConformance } from "../testing/keyed_versions_conformance.ts";
import { uploadPiecesConformance } from "../testing/upload_pieces_conformance.ts";

keyedVersionsConformance("SQLite", (_, clock) => sqliteRows(clock));
uploadPiecesConformance("SQLite", (_, clock) => sqliteRows(clock));
