import type { FileVersion } from "./catalog.ts";

/**
 * An optional capability of a catalog, for contents that lie under a key for good: the location of
 * a version is the key. The guarantees of `Catalog` apply.
 */
export interface KeyedVersions {
  /**
   * Records a version whose contents are under way (`ContentRows.begin()`), and updates when its
   * client was last seen. One transaction takes the contents over and makes those of the version
   * that it replaces garbage. Returns the version as recorded: the file keeps the name that it has.
   * Repeated with contents that are on record, it changes nothing.
   *
   * Throws a `StorageError`: `contents-gone` if the contents were given up, `unknown-client`, and
   * `verified-version-stored` for a version that is not verified where one that is, is stored.
   */
  recordKeyed(version: FileVersion): Promise<FileVersion>;
}

/** An optional capability of a store whose staged contents have their key for good. */
export interface KeyedStaging {
  /**
   * Notes that a version with staged contents of this name is on record: to discard them removes
   * nothing from then on.
   */
  recorded(staged: string): void;
}

/** What a database has to know of where contents lie, so that it is not used with others. */
export interface ContentPlace {
  /**
   * Binds the database to a place of contents, as `s3://bucket/prefix`, or `IN_FOLDER` for the data
   * folder. A database without contents is bound to the first bucket that it is given; one that has
   * contents and no bucket, to the data folder. Throws a `StorageError`, `contents-elsewhere`, if
   * it is bound to another one.
   */
  bind(place: string): Promise<void>;
}

/** The place of contents that lie in the data folder. */
export const IN_FOLDER = "folder";
