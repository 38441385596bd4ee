import assert from "node:assert/strict";

import { toHex } from "../../../../shared/text/encodings.ts";
import { SYSTEM_CLOCK } from "../../../system_clock.ts";
import { parseS3Place } from "../../access/s3_place.ts";
import { StorageError } from "../../storage_error.ts";
import {
  type ScriptedAnswer,
  scriptedService,
} from "../../../../tests/storage/scripted_service.ts";
import { failsWith, sha256 } from "../../../../tests/storage/trees_under_test.ts";
import { S3Client, type S3Request } from "./s3_client.ts";
import { NOBODY } from "../../../../tests/peers/nobody.ts";

const KEYS = { accessKeyId: "AKEXAMPLE", secretAccessKey: "very-secret" };
const GET: S3Request = { method: "GET", key: "o/a", asked: "get an object" };

function clientOf(endpoint: string, tryTime = 20_000): S3Client {
  const place = parseS3Place(`s3://bucket/prefix?endpoint=${endpoint}`);
  assert(typeof place !== "string");
  return new S3Client({ place, keys: KEYS, clock: SYSTEM_CLOCK, tryTime });
}

function refused(status: number, code: string): Response {
  const body = `<Error><Code>${code}</Code><Message>Try &amp; see</Message></Error>`;
  return new Response(body, { status });
}

/** A service that gives these answers, one after the other. */
function inTurn(...answers: ScriptedAnswer[]) {
  return scriptedService(() => answers.shift() ?? new Response("late"));
}

Deno.test("S3Client repeats what may pass, twice", async () => {
  await using service = inTurn(refused(503, "SlowDown"), refused(500, "InternalError"));
  assert.equal((await clientOf(service.endpoint).ask(GET)).text, "late");
  assert.deepEqual(service.requests, Array(3).fill("GET /bucket/prefix/o/a"));
  await using busy = scriptedService(() => refused(503, "SlowDown"));
  await failsWith(clientOf(busy.endpoint).ask(GET), "store-busy");
  assert.equal(busy.requests.length, 3);
  await failsWith(clientOf(busy.endpoint).ask({ ...GET, retries: 0 }), "store-busy");
  assert.equal(busy.requests.length, 4);
});

Deno.test("S3Client tells reasons apart, and repeats nothing that stays", async () => {
  for (
    const [status, code, reason] of [
      [404, "NoSuchBucket", "store-bucket-missing"],
      [403, "AccessDenied", "store-denied"],
      [403, "SignatureDoesNotMatch", "store-denied"],
      [403, "InvalidAccessKeyId", "store-denied"],
      [403, "RequestTimeTooSkewed", "store-clock-differs"],
      [301, "PermanentRedirect", "store-denied"],
      [403, "QuotaExceeded", "disk-full"],
      [507, "", "disk-full"],
      [400, "InvalidPart", "store-refused"],
    ] as const
  ) {
    await using service = scriptedService(() => refused(status, code));
    await failsWith(clientOf(service.endpoint).ask(GET), reason);
    assert.equal(service.requests.length, 1, code);
  }
});

Deno.test("S3Client ends a try without an answer, or with half of one", async () => {
  await using silent = scriptedService(() => "silence");
  await failsWith(clientOf(silent.endpoint, 50).ask(GET), "store-timed-out");
  await using cutting = scriptedService(() => "cut");
  await failsWith(clientOf(cutting.endpoint).ask(GET), "store-unreachable");
  assert.equal(cutting.requests.length, 3);
});

Deno.test("S3Client says why a service cannot be reached", async () => {
  await using clear = inTurn();
  await assert.rejects(
    clientOf(clear.endpoint.replace("http:", "https:")).ask(GET),
    /cannot be reached: client error \(Connect\): .*corrupt.*; see that it runs/,
  );
});

Deno.test("S3Client says what cannot be reached, without a key or a signature", async () => {
  const { host, port } = NOBODY;
  const [error] = await Promise.allSettled([clientOf(`http://${host}:${port}`).ask(GET)]);
  assert(error.status === "rejected" && error.reason instanceof StorageError);
  assert.equal(error.reason.reason, "store-unreachable");
  const told = Deno.inspect(error.reason);
  assert.match(told, new RegExp(`get an object in the bucket "bucket": http://${host}:${port}`));
  assert.doesNotMatch(told, /AKEXAMPLE|very-secret|Signature/);
});

Deno.test("S3Client tells of failures, and in one line of those of ten seconds", async () => {
  await using service = scriptedService(() => refused(403, "AccessDenied"));
  const place = parseS3Place(`s3://bucket?endpoint=${service.endpoint}`);
  assert(typeof place !== "string");
  const told: (readonly [string, number])[] = [];
  let time = 0;
  const client = new S3Client({
    ...{ place, keys: KEYS, clock: { ...SYSTEM_CLOCK, now: () => time } },
    onTrouble: ({ reason }, failures) => told.push([reason, failures]),
  });
  for (time of [0, 1_000, 9_999, 10_000]) await failsWith(client.ask(GET), "store-denied");
  assert.deepEqual(told, [["store-denied", 1], ["store-denied", 3]]);
});

Deno.test("S3Client signs what is sent in the clear", async () => {
  await using service = scriptedService(() => new Response());
  const body = new TextEncoder().encode("contents");
  await clientOf(service.endpoint).ask({ method: "PUT", key: "o/a", body, asked: "put" });
  assert.equal(service.headers().get("x-amz-content-sha256"), toHex(sha256(body)));
  assert.match(service.headers().get("authorization") ?? "", /^AWS4-HMAC-SHA256 /);
});

Deno.test("S3Client sends once what must not be repeated, on a connection of its own", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  let [requests, answers] = [0, true];
  const serve = async (connection: Deno.Conn) => {
    connections.push(connection);
    const buffer = new Uint8Array(64 * 1024);
    while (await connection.read(buffer).catch(() => null) !== null) {
      requests++;
      if (!answers) return connection.close();
      const ok = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
      await connection.write(new TextEncoder().encode(ok));
    }
  };
  const served: Promise<void>[] = [];
  const accepted = (async () => {
    for await (const connection of listener) served.push(serve(connection));
  })();
  const client = clientOf(`http://127.0.0.1:${listener.addr.port}`);
  // Leaves a connection that the next request could use.
  await client.ask({ ...GET, method: "POST" });
  answers = false;
  await failsWith(client.ask({ ...GET, method: "POST", retries: 0 }), "store-unreachable");
  assert.equal(requests, 2);
  listener.close();
  await accepted;
  connections[0]?.close();
  await Promise.all(served);
});
