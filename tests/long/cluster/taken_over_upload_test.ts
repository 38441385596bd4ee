/** An upload that another request goes on with at another server, while the first is under way. */

import assert from "node:assert/strict";

import { seededBytes } from "../../end_to_end/fixtures/seeded_bytes.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_BOTH, NOT_BOTH, SharedEngines } from "../../engines/shared_servers.ts";
import { type Answered, testsOfTwo, type Two } from "./two_servers.ts";
import { until } from "./until.ts";

const MIB = 1024 ** 2;
/** What a part has. */
const PART = 8 * MIB;

/** A body that is held where a test says. */
interface HeldBody {
  readonly size: number;
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly goOn: () => void;
}

/** Bytes of a file, which stop at these offsets until `goOn()` was called for each. */
function held(content: Uint8Array, from: number, at: number): HeldBody {
  const { promise, resolve } = Promise.withResolvers<void>();
  const pieces = async function* () {
    yield content.subarray(from, at);
    await promise;
    yield content.subarray(at);
  };
  return { size: content.length - from, pieces: pieces(), goOn: resolve };
}

interface Recorded {
  readonly offset: number;
  readonly generation: number;
  readonly tags: readonly string[];
}

/** An upload of a client, and what it does with it. */
interface Begun {
  readonly older: Uint8Array;
  readonly newer: Uint8Array;
  readonly patch: (at: Two["one"], offset: number, body: HeldBody) => Promise<Answered>;
  readonly offsetAt: (at: Two["one"]) => Promise<number>;
  /** What is on record of it, with the tags of its parts. */
  readonly recorded: () => Promise<Recorded>;
}

/** Begins an upload; both versions of it have `same` bytes before they differ. */
async function begun(
  { one, ask, sql }: Two,
  { size, same }: { readonly size: number; readonly same: number },
): Promise<Begun> {
  const [older, newer] = [seededBytes(1, size), seededBytes(2, size)];
  newer.set(older.subarray(0, same));
  const path = `path ${btoa("a.bin")}`;
  const created = await ask(one, {
    ...{ method: "POST", path: "/v4/uploads" },
    headers: { "upload-length": `${size}`, "upload-metadata": path },
  });
  assert.equal(created.status, 201);
  const place = created.headers.get("location") ?? "";
  return {
    ...{ older, newer },
    patch: (at, offset, body) =>
      ask(at, {
        ...{ method: "PATCH", path: place, body },
        headers: {
          "content-type": "application/offset+octet-stream",
          "upload-offset": `${offset}`,
        },
      }),
    async offsetAt(at) {
      const { headers } = await ask(at, { method: "HEAD", path: place });
      return Number(headers.get("upload-offset"));
    },
    async recorded() {
      const [row] = await sql`SELECT "Offset", "Generation" FROM uploads`;
      const pieces = await sql`SELECT "Tag" AS tag FROM upload_pieces ORDER BY "Number"`;
      return {
        offset: Number(row?.["Offset"]),
        generation: Number(row?.["Generation"]),
        tags: pieces.map(({ tag }) => String(tag)),
      };
    },
  };
}

/** Status, type and reason of a refusal. */
async function refusalOf(answer: Answered): Promise<readonly unknown[]> {
  const { type, reason } = JSON.parse(new TextDecoder().decode(await answer.bytes()));
  return [answer.status, answer.headers.get("content-type"), type, reason];
}

/** Fails unless both servers have these contents, and nothing else is left of the upload. */
async function checkEnd(two: Two, content: Uint8Array): Promise<void> {
  for (const at of [two.one, two.other]) {
    const got = await two.ask(at, { method: "GET", path: "/v4/files/a.bin" });
    assert.equal(got.status, 200);
    assert.deepEqual(await got.bytes(), content);
  }
  await (await two.third(0)).contents.sweep();
  assert.deepEqual([(await two.bucket.objects()).length, await two.bucket.uploads()], [1, 0]);
}

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  const test = testsOfTwo(engines);

  // In parts, and below the size of one: what is held, on record and sent then differs.
  for (
    const { what, size, same, between, reached } of [
      { what: "part", size: 20 * MIB, same: PART, between: 12 * MIB, reached: 2 * PART },
      { what: "byte", size: 3 * MIB, same: 0, between: 2 * MIB, reached: 0 },
    ]
  ) {
    test(`A PATCH adds no ${what} once another server has a newer one`, async (two) => {
      const { one, other } = two;
      const { older, newer, patch, offsetAt, recorded } = await begun(two, { size, same });
      const first = held(older, 0, between);
      const refused = patch(one, 0, first);
      const took = async () => {
        const { generation, offset } = await recorded();
        return generation === 1 && offset === same;
      };
      await until(took);
      assert.equal(await offsetAt(other), same);
      const second = held(newer, same, reached + MIB);
      const { generation } = await recorded();
      const stored = patch(other, same, second);
      await until(async () => {
        const now = await recorded();
        return now.generation > generation && now.offset === reached;
      });
      const before = await recorded();
      first.goOn();
      assert.deepEqual(await refusalOf(await refused), [
        ...[409, "application/problem+json", "urn:sealpost:problem:upload-busy", "upload-busy"],
      ]);
      assert.deepEqual(await recorded(), before);
      second.goOn();
      const { status, bytes } = await stored;
      assert.equal(status, 204, new TextDecoder().decode(await bytes()));
      await checkEnd(two, newer);
      assert.equal(await offsetAt(one), size);
    });
  }

  test("A PATCH commits nothing over what another server has made of its upload", async (two) => {
    const { one, other } = two;
    const [size, same] = [20 * MIB, 2 * PART];
    const { older, newer, patch, offsetAt, recorded } = await begun(two, { size, same });
    const first = held(older, 0, size - MIB);
    const refused = patch(one, 0, first);
    await until(async () => (await recorded()).offset === same);
    assert.equal(await offsetAt(other), same);
    const second = held(newer, same, size);
    second.goOn();
    const stored = await patch(other, same, second);
    assert.equal(stored.status, 204, new TextDecoder().decode(await stored.bytes()));
    first.goOn();
    assert.deepEqual(await refusalOf(await refused), [
      ...[410, "application/problem+json", "urn:sealpost:problem:upload-gone", "upload-gone"],
    ]);
    await checkEnd(two, newer);
  });
} else {
  missingEngine(`An upload is taken over at another server${NOT_BOTH}`);
}
