import { all, type SqlValue, type Work } from "./work.ts";

/** A row as it is, by the names of its columns. */
export type Row = Readonly<Record<string, SqlValue>>;

/** A table whose rows are the same in every database. */
export interface Table {
  readonly name: string;
  /** The columns that order its rows, and tell them apart. */
  readonly key: readonly string[];
  /** All others that have what cannot be found out again. */
  readonly others: readonly string[];
  /** Only rows of which this is true. Default: all. */
  readonly where?: string;
  /** The columns whose numbers a PostgreSQL gives out. Default: none. */
  readonly numbered?: string;
  /** Rows that are moved at a time. Default: `PAGE`. */
  readonly page?: number;
}

/** Rows that are moved at a time. */
export const PAGE = 500;

/** Accounts and their devices, and contents of up to 64 KiB. */
export const PLAIN_TABLES: readonly Table[] = [
  {
    name: "clients",
    key: ["ID"],
    others: [
      ...["Name", "PublicKey", "LastSeen", "AESKey", "Revision", "Protocol", "Quota"],
      "RegisteredAt",
    ],
  },
  {
    name: "devices",
    key: ["DeviceID"],
    others: ["ID", "PublicKey", "Label", "AddedAt", "LastUsed", "rowid"],
    numbered: "rowid",
  },
  {
    name: "tokens",
    key: ["Hash"],
    others: [
      ...["TokenID", "ID", "DeviceID", "Scope", "IssuedAt", "Expires", "Revoked", "ForgetAt"],
      "rowid",
    ],
    numbered: "rowid",
  },
  { name: "invitations", key: ["Hash"], others: ["Name", "Quota", "Expires", "UsedBy"] },
  {
    name: "device_offers",
    key: ["Sequence"],
    others: ["Hash", "ID", "Expires", "UsedBy"],
    numbered: "Sequence",
  },
  { name: "small_contents", key: ["Row"], others: ["Bytes"], numbered: "Row", page: 100 },
];

/** What is remembered of uploads that were committed. */
export const COMMITTED_UPLOADS: Table = {
  name: "uploads",
  key: ["UploadID"],
  others: [
    ...["ID", "Path", "PathKey", "Size", "Tree", "MTime", "Mode", "Offset", "Generation", "Run"],
    ...["CreatedAt", "Expires", "Version", "rowid"],
  ],
  where: "Version IS NOT NULL",
  numbered: "rowid",
};

/** Trees of files. */
export const ENTRIES: Table = {
  name: "entries",
  key: ["EntryID"],
  others: [
    ...["ID", "Parent", "Name", "NameKey", "Kind", "Size", "Tree", "Contents", "Target", "MTime"],
    ...["Mode", "Version", "StoredAt"],
  ],
  numbered: "EntryID",
};

/** Files of protocol 3. */
export const FILES: Table = {
  name: "files",
  key: ["ID", "FileName"],
  others: [
    ...["NameKey", "PathName", "FoldedPath", "Verified", "Size", "Checksum", "StoredAt", "rowid"],
  ],
  numbered: "rowid",
};

/** All of them, each behind those that its rows need. */
export const TABLES: readonly Table[] = [...PLAIN_TABLES, ENTRIES, FILES, COMMITTED_UPLOADS];

/** Returns a page of the rows behind those with this key, in their order. */
export function* rowsAfter(table: Table, after: readonly SqlValue[] | undefined): Work<Row[]> {
  const order = named(table.key);
  const conditions = [
    ...(table.where === undefined ? [] : [table.where]),
    ...(after === undefined ? [] : [`(${order}) > (${table.key.map(() => "?").join(", ")})`]),
  ];
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
  const { page = PAGE } = table;
  const select = `SELECT ${named(columnsOf(table))} FROM ${table.name}${where}`;
  return [...yield* all<Row>(`${select} ORDER BY ${order} LIMIT ?`, ...after ?? [], page)];
}

/** Returns the key of the last row; undefined if there is none. */
export function* lastKey(table: Table): Work<readonly SqlValue[] | undefined> {
  const order = table.key.map((column) => `${named([column])} DESC`).join(", ");
  const where = table.where === undefined ? "" : ` WHERE ${table.where}`;
  const select = `SELECT ${named(table.key)} FROM ${table.name}${where} ORDER BY ${order} LIMIT 1`;
  const [row] = yield* all<Row>(select);
  return row && keyOf(table, row);
}

/** Returns the number of rows. */
export function* countRows({ name, where }: Table): Work<number> {
  const only = where === undefined ? "" : ` WHERE ${where}`;
  const [row] = yield* all<{ readonly Count: number }>(
    `SELECT count(*) AS Count FROM ${name}${only}`,
  );
  return row?.Count ?? 0;
}

/** The key of a row. */
export function keyOf({ key }: Table, row: Row): readonly SqlValue[] {
  return key.map((column) => row[column] ?? null);
}

/** The columns that are moved. */
export function columnsOf({ key, others }: Table): readonly string[] {
  return [...key, ...others];
}

/** Names of columns in a statement: one of them is a word of SQL. */
export function named(columns: readonly string[]): string {
  return columns.map((column) => column === "Offset" ? '"Offset"' : column).join(", ");
}
