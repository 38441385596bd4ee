import assert from "node:assert/strict";

import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { parseS3Place } from "../../access/s3_place.ts";
import {
  type ScriptedAnswer,
  scriptedService,
} from "../../../../tests/storage/scripted_service.ts";
import { failsWith } from "../../../../tests/storage/trees_under_test.ts";
import { S3Client } from "./s3_client.ts";
import { S3Objects } from "./s3_objects.ts";

const SIZE = 9_000_000;

/** A service that answers a completion in turn, and has the object after so many of them. */
async function completing(
  { answers, madeAfter }: {
    readonly answers: readonly ScriptedAnswer[];
    readonly madeAfter: number;
  },
  work: (complete: () => Promise<void>, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  let completions = 0;
  await using service = scriptedService(({ method }) => {
    if (method === "POST") return answers[completions++] ?? "cut";
    return completions >= madeAfter
      ? new Response(null, { headers: { "content-length": `${SIZE}` } })
      : new Response(null, { status: 404 });
  });
  const place = parseS3Place(`s3://bucket?endpoint=${service.endpoint}`);
  assert(typeof place !== "string");
  const keys = { accessKeyId: "a", secretAccessKey: "b" };
  const objects = new S3Objects(new S3Client({ place, keys, clock: SYSTEM_CLOCK }));
  const parts = [{ number: 1, etag: '"1"' }];
  await work(
    () => objects.complete({ key: "k", id: "u", parts, size: SIZE }),
    service.requests,
  );
}

function said(status: number, code: string): Response {
  return new Response(`<Error><Code>${code}</Code></Error>`, { status });
}

const [POST, HEAD] = ["POST /bucket/k?uploadId=u", "HEAD /bucket/k"];

Deno.test("S3Objects completes once, and looks at what there is", async () => {
  await completing({ answers: [new Response("<Ok/>")], madeAfter: 1 }, async (complete, asked) => {
    await complete();
    assert.deepEqual(asked, [POST, HEAD]);
  });
});

Deno.test("S3Objects does not complete again what was completed without an answer", async () => {
  for (const lost of ["cut", said(200, "InternalError"), said(404, "NoSuchUpload")] as const) {
    await completing({ answers: [lost], madeAfter: 1 }, async (complete, asked) => {
      await complete();
      assert.deepEqual(asked, [POST, HEAD]);
    });
  }
});

Deno.test("S3Objects completes again what is not there after a lost answer", async () => {
  for (const lost of ["cut", said(200, "InternalError"), said(503, "SlowDown")] as const) {
    const answers = [lost, new Response("<Ok/>")];
    await completing({ answers, madeAfter: 2 }, async (complete, asked) => {
      await complete();
      assert.deepEqual(asked, [POST, HEAD, POST, HEAD]);
    });
  }
});

Deno.test("S3Objects fails when parts do not make the object", async () => {
  const answers = [said(400, "InvalidPart")];
  await completing({ answers, madeAfter: 9 }, async (complete, asked) => {
    await failsWith(complete(), "store-refused");
    assert.deepEqual(asked, [POST, HEAD]);
  });
  const ok = [new Response("<Ok/>")];
  await completing({ answers: ok, madeAfter: 9 }, async (complete, asked) => {
    await failsWith(complete(), "store-failed");
    assert.deepEqual(asked, [POST, HEAD]);
  });
});
