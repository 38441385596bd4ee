import assert from "node:assert/strict";

import { newKey } from "../../../server/storage/keyed/keyed_new_contents.ts";
import type { UploadPiece } from "../../../server/storage/contents/upload_parts.ts";
import { failsWith } from "../catalog_under_test.ts";
import { type OpenRows, type RowsUnderTest, rowTestsOf } from "../rows_under_test.ts";
import { bytes } from "../trees_under_test.ts";

const PART = 8 * 1024 ** 2;

/** Registers the tests for every `PieceRows`. */
export function uploadPiecesConformance(name: string, open: OpenRows): void {
  const test = rowTestsOf(name, open);

  test("records parts with the offset, in order, and each number once", async (rows) => {
    const { key, contents, generation, uploads } = await begunUpload(rows);
    assert.deepEqual(await uploads.pieces(contents), { pieces: [] });
    const [first, second] = [piece(1), piece(2)];
    await uploads.advance({
      ...{ key, generation, offset: PART },
      made: { handle: "h", pieces: [first] },
    });
    await uploads.advance({ key, generation, offset: 2 * PART, made: { pieces: [second] } });
    assert.deepEqual(await uploads.pieces(contents), { handle: "h", pieces: [first, second] });
    assert.equal((await uploads.find(key))?.offset, 2 * PART);
    const again = { ...second, tag: "other" };
    await uploads.advance({ key, generation, offset: 2 * PART, made: { pieces: [again] } });
    assert.deepEqual((await uploads.pieces(contents)).pieces, [first, again]);
    await uploads.open(key);
    const late = { key, generation, offset: 3 * PART, made: { pieces: [piece(3)] } };
    await failsWith(uploads.advance(late), "upload-taken-over");
    assert.equal((await uploads.pieces(contents)).pieces.length, 2);
  });

  test("makes contents of a part garbage when another takes its place", async (rows) => {
    const { key, contents, generation, uploads } = await begunUpload(rows);
    const [small, larger, given] = [newKey(), newKey(), newKey()];
    for (const one of [small, larger, given]) await rows.contents.begin(one);
    const advance = (size: number, made: UploadPiece) =>
      uploads.advance({ key, generation, offset: size, made: { pieces: [made] } });
    await advance(5, { ...piece(1, 5), key: small });
    await rows.contents.abandon(small);
    assert.deepEqual(await rows.garbage(), []);
    await advance(5, { ...piece(1, 5), key: small });
    await advance(9, { ...piece(1, 9), key: larger });
    assert.deepEqual(await rows.garbage(), [small]);
    await rows.contents.abandon(given);
    await failsWith(advance(20, { ...piece(1, 20), key: given }), "contents-gone");
    assert.equal((await uploads.find(key))?.offset, 9);
    await advance(PART, piece(1));
    assert.deepEqual((await uploads.pieces(contents)).pieces, [piece(1)]);
    assert.deepEqual(await rows.garbage(), [given, larger, small].sort());
  });

  test("forgets what is behind the offset that is left of an upload", async (rows) => {
    const { key, contents, generation, uploads } = await begunUpload(rows);
    const last = newKey();
    await rows.contents.begin(last);
    const pieces = [piece(1), piece(2), { ...piece(3, 7), key: last }];
    const made = { handle: "h", pieces };
    await uploads.advance({ key, generation, offset: 2 * PART + 7, made });
    await uploads.recovered(key, PART);
    assert.deepEqual(await uploads.pieces(contents), { handle: "h", pieces: pieces.slice(0, 1) });
    assert.deepEqual(await rows.garbage(), [last]);
    await uploads.recovered(key, 0);
    assert.deepEqual(await uploads.pieces(contents), { pieces: [] });
  });

  test("keeps the parts of each upload apart", async (rows) => {
    const { uploads } = rows;
    const [one, other] = [await begunUpload(rows), await begunUpload(rows)];
    const parts = (handle: string) => ({ handle, pieces: [piece(1), piece(2)] });
    await uploads.advance({ ...one, offset: 2 * PART, made: parts("one") });
    await uploads.advance({ ...other, offset: 2 * PART, made: parts("other") });
    assert.deepEqual(await uploads.pieces(other.contents), parts("other"));
    for (const offset of [PART, 0]) await uploads.recovered(other.key, offset);
    await uploads.remove(other.key);
    assert.deepEqual(await uploads.pieces(one.contents), parts("one"));
  });

  test("leaves no part of an upload that is removed or committed", async (rows) => {
    const { uploads } = rows;
    const removed = await begunUpload(rows);
    const whole = await begunUpload(rows);
    const small = await begunUpload(rows);
    const [tail, only] = [newKey(), newKey()];
    for (const one of [tail, only]) await rows.contents.begin(one);
    const pieces = [piece(1), { ...piece(2, 7), key: tail }];
    await uploads.advance({ ...removed, offset: PART + 7, made: { handle: "h", pieces } });
    await uploads.remove(removed.key);
    assert.deepEqual(await uploads.pieces(removed.contents), { pieces: [] });
    assert.deepEqual(await rows.garbage(), [removed.contents, tail].sort());

    await uploads.advance({ ...whole, offset: PART, made: { handle: "h", pieces: [piece(1)] } });
    const etag = { tree: bytes(32) };
    await failsWith(
      uploads.commit({ ...whole.key, ...etag, size: PART }, undefined),
      "upload-incomplete",
    );
    await uploads.commit({ ...whole.key, ...etag, size: PART }, whole.contents);
    const one = [{ ...piece(1, 9), key: only }];
    await uploads.advance({ ...small, offset: 9, made: { pieces: one } });
    await uploads.commit({ ...small.key, ...etag, size: 9, path: "small" }, only);
    assert.deepEqual(
      await rows.garbage(),
      [removed.contents, tail, `${whole.contents}.leaves`, small.contents].sort(),
    );
    await rows.contents.abandon(only);
    assert.equal((await rows.garbage()).includes(only), false);
  });
}

function piece(number: number, size = PART): UploadPiece {
  const leaves = new Uint8Array(32 * Math.floor(size / 1024 ** 2)).fill(number);
  return { number, start: (number - 1) * PART, size, leaves, tag: `"tag${number}"` };
}

async function begunUpload({ uploads, account }: RowsUnderTest) {
  const contents = newKey();
  const id = newKey();
  const key = { clientId: account, id };
  await uploads.create({ ...key, path: id, contents });
  return { key, contents, uploads, generation: await uploads.open(key) };
}
