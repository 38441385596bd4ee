import type { FileVersion } from "../versions/catalog.ts";
import { distinctPath, foldName, type NamedPath, pathsFor } from "../names/distinct_path.ts";
import type { FileRow } from "../sql/catalog_rows.ts";
import type { Statements } from "./statements.ts";

/**
 * Returns where a version is stored: at its own path, unless another file of the client has a path
 * that some system treats as the same one.
 */
export function choosePath(sql: Statements, version: FileVersion): string {
  const { fileName, location } = version;
  const taken = takenPaths(sql, version, [location]);
  const isOther = taken.length > 0 && !taken.some((one) => one.fileName === fileName);
  return distinctPath(version, isOther ? takenPaths(sql, version, [...pathsFor(location)]) : taken);
}

/** Returns the client's files that have this name, or that some system treats as one of `paths`. */
function takenPaths(
  sql: Statements,
  { clientId, fileName }: FileVersion,
  paths: readonly string[],
): readonly NamedPath[] {
  const values = [clientId, fileName, clientId, ...paths.map(foldName)];
  return sql.all<Pick<FileRow, "FileName" | "PathName">>(
    paths.length === 1 ? FOR_ONE : takenQuery(paths.length),
    ...values.concat(values),
  ).map((row) => ({ fileName: row.FileName, location: row.PathName }));
}

/** The query for this number of paths. */
function takenQuery(paths: number): string {
  const wanted = ["FileName = ?", `FoldedPath IN (${Array(paths).fill("?").join(", ")})`];
  // A query for each condition, so that each uses its index.
  return ["files", "intents"].flatMap((table) =>
    wanted.map((is) => `SELECT FileName, PathName FROM ${table} WHERE ID = ? AND ${is}`)
  ).join(" UNION ALL ");
}

/** Made once, since nearly every file needs it: making it takes longer than running it. */
const FOR_ONE = takenQuery(1);
