import { LEAVES } from "../../contents/content_files.ts";
import { StorageError } from "../../storage_error.ts";
import type { UploadPiece, UploadPieces } from "../../contents/upload_parts.ts";
import { all, get, run, type Work } from "../work.ts";
import { releaseContents } from "../release_contents.ts";

/** A row of the table `upload_pieces`. */
interface PieceRow {
  readonly Number: number;
  readonly Start: number;
  readonly Size: number;
  readonly Leaves: Uint8Array;
  readonly Tag: string;
  readonly Key: string | null;
}

/** As `PieceRows.pieces()`. */
export function* uploadPieces(contents: string): Work<UploadPieces> {
  const row = yield* get<{ readonly Handle: string | null }>(
    "SELECT Handle FROM uploads WHERE Contents = ?",
    contents,
  );
  const handle = row?.Handle ?? undefined;
  const rows = yield* all<PieceRow>(`${PIECES} ORDER BY Number`, contents);
  return { pieces: rows.map(pieceOf), ...(handle !== undefined && { handle }) };
}

/** Records new parts of an upload, within the transaction of its offset. */
export function* recordPieces(
  contents: string,
  { handle, pieces, now }: UploadPieces & { readonly now: Date },
): Work<void> {
  if (handle !== undefined) {
    yield* run("UPDATE uploads SET Handle = ? WHERE Contents = ?", handle, contents);
  }
  for (const { number, start, size, leaves, tag, key = null } of pieces) {
    const row = yield* get<PieceRow>(`${PIECES} AND Number = ?`, contents, number);
    const earlier = row?.Key ?? null;
    if (earlier !== key) {
      yield* releaseContents(earlier, now);
      if (key !== null) yield* claim(key);
    }
    yield* run(
      "INSERT INTO upload_pieces (Contents, Number, Start, Size, Leaves, Tag, Key)" +
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (Contents, Number) DO UPDATE SET" +
        " Start = excluded.Start, Size = excluded.Size, Leaves = excluded.Leaves," +
        " Tag = excluded.Tag, Key = excluded.Key",
      ...[contents, number, start, size, leaves, tag, key],
    );
  }
}

/** Forgets the parts of an upload that end behind an offset. */
export function* forgetPieces(
  contents: string,
  { offset, now }: { readonly offset: number; readonly now: Date },
): Work<void> {
  const behind = yield* all<PieceRow>(`${PIECES} AND Start + Size > ?`, contents, offset);
  for (const { Number, Key } of behind) {
    yield* releaseContents(Key, now);
    yield* run("DELETE FROM upload_pieces WHERE Contents = ? AND Number = ?", contents, Number);
  }
  if (offset === 0) {
    yield* run("UPDATE uploads SET Handle = NULL WHERE Contents = ?", contents);
  }
}

/** Gives up all that there is of an upload, but for the contents that an entry has. */
export function* releaseUpload(
  contents: string,
  { except, now }: { readonly except?: string; readonly now: Date },
): Work<void> {
  yield* releaseContents(contents === except ? contents + LEAVES : contents, now);
  for (const { Key } of yield* all<PieceRow>(PIECES, contents)) {
    if (Key !== except) yield* releaseContents(Key, now);
  }
  yield* run("DELETE FROM upload_pieces WHERE Contents = ?", contents);
}

const PIECES = "SELECT * FROM upload_pieces WHERE Contents = ?";

/** Takes over the contents of a part: of the upload and the sweeper, one gets them. */
function* claim(key: string): Work<void> {
  if ((yield* run("DELETE FROM under_way WHERE Key = ?", key)) === 1) return;
  throw new StorageError("contents-gone", "The contents of a part were given up before");
}

function pieceOf({ Number, Start, Size, Leaves, Tag, Key }: PieceRow): UploadPiece {
  return {
    number: Number,
    start: Start,
    size: Size,
    leaves: Leaves,
    tag: Tag,
    ...(Key !== null && { key: Key }),
  };
}
