/** Uploads in parts, in a bucket: what is sent, what is lost, and what is left. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { KeyedContents } from "../../../server/storage/keyed/keyed_contents.ts";
import { KeyedUploads } from "../../../server/storage/keyed/keyed_uploads.ts";
import { openS3 } from "../../../server/storage/s3/open_s3.ts";
import { S3Client } from "../../../server/storage/s3/requests/s3_client.ts";
import { objectKey, S3Objects } from "../../../server/storage/s3/requests/s3_objects.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { bytes, failsWith, newDevice, newId, readAll } from "../../storage/trees_under_test.ts";
import { append, leaves, leavesOf, tailOf } from "../../storage/uploaded_contents.ts";
import type { UploadKey } from "../../../server/storage/trees/uploads.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { type TestBucket, testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { S3Proxy } from "../../engines/s3_proxy.ts";
import { rowsForFiles, sqliteRows } from "../../engines/sqlite_rows.ts";

const MIB = 1024 ** 2;
const PART = 8 * MIB;
const CONTENT = bytes(2 * PART + 3 * MIB + 5);
const SIZE = CONTENT.length;

/** A server's part of the storage, with the rows and the bucket of all. */
async function serverOver(
  resources: AsyncDisposableStack,
  { database, bucket }: { readonly database: string; readonly bucket: TestBucket },
) {
  const { path } = resources.use(await temporaryFolder());
  const rows = resources.use(await sqliteRows(SYSTEM_CLOCK, database));
  const files = await openS3({
    ...{ place: bucket.place, keys: GATEWAY_KEYS, clock: SYSTEM_CLOCK },
    spool: join(path, "spool"),
    rows: rowsForFiles(rows),
  });
  const uploads = resources.use(new KeyedUploads({ rows: rows.uploads, files }));
  const contents = resources.use(
    new KeyedContents({ rows: rows.contents, files, garbageTime: -1 }),
  );
  return { rows, files, uploads, contents, storage: { ...rows, uploads, contents } };
}

interface Tested extends Awaited<ReturnType<typeof serverOver>> {
  readonly bucket: TestBucket;
  readonly proxy: S3Proxy;
  /** Creates an upload of the account. */
  create(size?: number): Promise<UploadKey>;
  /** Another run of a server on the same rows. */
  another(): Promise<Awaited<ReturnType<typeof serverOver>>>;
}

if (NO_GATEWAY === "") {
  let gateway: S3Gateway | undefined;
  Deno.test.beforeAll(async () => {
    gateway = await S3Gateway.start();
  });
  Deno.test.afterAll(async () => await gateway?.[Symbol.asyncDispose]());

  const test = (sentence: string, work: (tested: Tested) => Promise<void>) => {
    Deno.test(sentence, async () => {
      await using resources = new AsyncDisposableStack();
      const proxy = resources.use(new S3Proxy(gateway?.endpoint ?? ""));
      const bucket = await testBucket(gateway?.endpoint ?? "", proxy.endpoint);
      const database = join(resources.use(await temporaryFolder()).path, "test.db");
      const server = await serverOver(resources, { database, bucket });
      const clientId = newId();
      await server.rows.accounts.register({ id: clientId, name: "Maya", device: newDevice() });
      await work({
        ...{ ...server, bucket, proxy },
        async create(size) {
          const plan = { clientId, path: "a.bin", ...(size !== undefined && { size }) };
          return { clientId, id: (await server.uploads.create(plan)).upload.id };
        },
        another: () => serverOver(resources, { database, bucket }),
      });
    });
  };

  test("An upload goes on over many bodies, and reads as it was sent", async (tested) => {
    const { uploads, storage, contents, rows, proxy } = tested;
    const upload = await tested.create();
    for (const end of [5, MIB, PART - 1, PART, PART + 3 * MIB + 7, 2 * PART + MIB, SIZE]) {
      const opened = await uploads.open(upload);
      assert.deepEqual(await opened.tail(), tailOf(CONTENT, opened.position));
      await append(opened, CONTENT.subarray(0, end));
      assert.equal(await opened.end("whole"), end);
      assert.deepEqual(await uploads.tail(upload), tailOf(CONTENT, end));
      assert.deepEqual(await leavesOf(storage, upload), leaves(CONTENT.subarray(0, end)));
    }
    await uploads.commit({ ...upload, size: SIZE, tree: bytes(32) });
    const entry = await rows.tree.entry(upload.clientId, "a.bin");
    assert(entry?.kind === "file");
    const opened = await contents.open(entry.contents);
    assert.deepEqual(opened && await readAll(opened.stream()), CONTENT);
    const range = await contents.open(entry.contents);
    const [start, end] = [PART - 3, PART + 9];
    assert.deepEqual(
      range && await readAll(range.stream({ start, end })),
      CONTENT.slice(start, end),
    );
    const parts = proxy.requests.filter((request) => /partNumber=/.test(request));
    assert.equal(parts.length, 3);
    await contents.sweep();
    assert.equal((await tested.bucket.objects()).length, 1);
    assert.equal(await tested.bucket.uploads(), 0);
  });

  test("An offset is on record as soon as its part was sent", async (tested) => {
    const { uploads, another, create } = tested;
    const upload = await create(SIZE);
    const opened = await uploads.open(upload);
    await append(opened, CONTENT.subarray(0, PART + 2 * MIB));
    // Another part begins to be sent once the one before it was.
    await append(opened, CONTENT.subarray(0, 2 * PART));
    // What a crash would leave: another run looks at it before the first has closed anything.
    const { uploads: after } = await another();
    const found = await after.find(upload);
    assert(found !== undefined && found.offset >= PART);
    const again = await after.open(upload);
    await append(again, CONTENT);
    assert.equal(await again.end("whole"), SIZE);
    // The first one does not know yet that it is over, and can change nothing.
    const late = append(opened, CONTENT).then(() => opened.end("whole"));
    await failsWith(late, "upload-taken-over");
    await after.commit({ ...upload, size: SIZE, tree: bytes(32) });
  });

  test("A part that an older request put last is sent again, and no other one", async (tested) => {
    const { uploads, create, rows, bucket, contents } = tested;
    const upload = await create(SIZE);
    const opened = await uploads.open(upload);
    await append(opened, CONTENT);
    assert.equal(await opened.end("whole"), SIZE);
    // It was on its way when another server took over.
    const { contents: of = "" } = await rows.uploads.find(upload) ?? {};
    const { handle: id = "" } = await rows.uploads.pieces(of);
    const place = { place: bucket.place, keys: GATEWAY_KEYS, clock: SYSTEM_CLOCK };
    const objects = new S3Objects(new S3Client(place));
    await objects.putPart({ key: objectKey(of), id, number: 2, body: new Uint8Array(PART) });
    const commit = { ...upload, size: SIZE, tree: bytes(32) };
    await failsWith(uploads.tail(upload), "upload-taken-over");
    assert.equal((await uploads.find(upload))?.offset, PART);
    await failsWith(uploads.commit(commit), "upload-incomplete");
    const again = await uploads.open(upload);
    assert.equal(again.position, PART);
    await append(again, CONTENT);
    assert.equal(await again.end("whole"), SIZE);
    await objects.putPart({ key: objectKey(of), id, number: 1, body: new Uint8Array(PART) });
    await failsWith(uploads.commit(commit), "upload-taken-over");
    const last = await uploads.open(upload);
    assert.equal(last.position, 0);
    await append(last, CONTENT);
    assert.equal(await last.end("whole"), SIZE);
    await uploads.commit(commit);
    const entry = await rows.tree.entry(upload.clientId, "a.bin");
    const read = entry?.kind === "file" && await contents.open(entry.contents);
    assert.deepEqual(read && await readAll(read.stream()), CONTENT);
  });

  test("What is lost of an upload in the store is sent again, and no more", async (tested) => {
    const { uploads, another, create, rows, bucket } = tested;
    const upload = await create();
    const opened = await uploads.open(upload);
    await append(opened, CONTENT);
    assert.equal(await opened.end("whole"), SIZE);
    const { contents = "" } = await rows.uploads.find(upload) ?? {};
    const [key = ""] = await bucket.objects();
    await bucket.remove(key);
    const second = await another();
    assert.equal((await second.uploads.find(upload))?.offset, 2 * PART);
    await bucket.abortUploads();
    const third = await another();
    assert.equal((await third.uploads.find(upload))?.offset, 0);
    assert.deepEqual(await rows.uploads.pieces(contents), { pieces: [] });
    const again = await third.uploads.open(upload);
    await append(again, CONTENT);
    assert.equal(await again.end("whole"), SIZE);
    await third.uploads.commit({ ...upload, size: SIZE, tree: bytes(32) });
  });

  test("Lost answers lose nothing, and complete an upload once", async (tested) => {
    const { uploads, create, proxy, contents, rows } = tested;
    const upload = await create(SIZE);
    const opened = await uploads.open(upload);
    proxy.loseAnswerTo(/^PUT .*partNumber=2/);
    await append(opened, CONTENT);
    assert.equal(await opened.end("whole"), SIZE);
    proxy.loseAnswerTo(/^POST .*uploadId=/);
    await uploads.commit({ ...upload, size: SIZE, tree: bytes(32) });
    const completed = proxy.requests.filter((one) => /^POST .*uploadId=/.test(one));
    assert.equal(completed.length, 1);
    const entry = await rows.tree.entry(upload.clientId, "a.bin");
    const read = entry?.kind === "file" && await contents.open(entry.contents);
    assert.deepEqual(read && await readAll(read.stream()), CONTENT);
  });

  test("A commit that is refused may be tried again, and takes no more bytes", async (tested) => {
    const { uploads, create } = tested;
    const upload = await create();
    const opened = await uploads.open(upload);
    await append(opened, CONTENT);
    assert.equal(await opened.end("whole"), SIZE);
    const commit = { ...upload, size: SIZE, tree: bytes(32) };
    await failsWith(
      uploads.commit({ ...commit, precondition: { kind: "any" } }),
      "precondition-failed",
    );
    const more = await uploads.open(upload);
    await failsWith(more.append(bytes(1)), "upload-too-long");
    assert(!(await uploads.commit(commit)).repeated);
  });

  test("Nothing is left of what is given up, once it was swept", async (tested) => {
    const { uploads, create, bucket, contents } = tested;
    const upload = await create();
    const opened = await uploads.open(upload);
    await append(opened, CONTENT);
    assert.equal(await opened.end("whole"), SIZE);
    const made = contents.create();
    await made.write(CONTENT);
    assert.deepEqual([(await bucket.objects()).length, await bucket.uploads()], [1, 2]);
    await uploads.remove(upload);
    await made.discard();
    await contents.sweep();
    assert.deepEqual([await bucket.objects(), await bucket.uploads()], [[], 0]);
  });

  test("Uploads at once hold four parts in memory, and not each its own", async (tested) => {
    const { contents } = tested;
    const chunk = bytes(64 * 1024);
    const before = Deno.memoryUsage().rss;
    let most = 0;
    await Promise.all(Array.from({ length: 30 }, async () => {
      const made = contents.create();
      for (let written = 0; written < 32 * MIB; written += chunk.length) {
        await made.write(chunk);
        most = Math.max(most, Deno.memoryUsage().rss);
      }
      await made.seal();
      await made.discard();
    }));
    assert(most - before < 400 * MIB, `${Math.round((most - before) / MIB)} MiB more`);
    await contents.sweep();
  });
} else {
  missingEngine(`Uploads go in parts to a bucket${NO_GATEWAY}`);
}
