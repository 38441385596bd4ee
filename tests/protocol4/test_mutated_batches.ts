import { deepEqual, ok } from "node:assert/strict";
import { AnswerParser } from "../../shared/protocol4/batch/answer_parser.ts";
import { type BatchAnswer, encodeFrame } from "../../shared/protocol4/batch/frame.ts";
import { blockHashNow } from "../../shared/protocol4/tree/leaf_stack.ts";
import { joined } from "../../shared/wire/bytes.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { registered } from "./fixtures/test_user.ts";

/** Registers the test with so many batches, each of which has some bytes changed by chance. */
export function testMutatedBatches(batches: number): void {
  const { seed } = new SeededRandom();
  Deno.test(`${batches} mutated batches store what they say (seed ${seed})`, async () => {
    const random = new SeededRandom(seed);
    await using served = await servedApplication();
    const { token } = await registered(served, "Maya");
    for (let n = 0; n < batches; n++) await play(served, { token, random, n });
    // Who came after them is served.
    deepEqual(await answers(served, token, file(7, "last", "abc")), [{ type: "done", ids: [7] }]);
  });
}

/** Plays a batch, and looks at each file that the server says it has. */
async function play(
  served: ServedApplication,
  { token, random, n }: {
    readonly token: string;
    readonly random: SeededRandom;
    readonly n: number;
  },
): Promise<void> {
  const files = Array.from({ length: 1 + random.below(6) }, (_, at) => {
    const content = "x".repeat(random.below(random.oneIn(4) ? 70_000 : 50));
    return { id: at, path: `b${n}/f${at}`, content };
  });
  const batch = joined(...files.map(({ id, path, content }) => file(id, path, content)));
  for (let changes = 1 + random.below(4); changes > 0; changes--) {
    batch[random.below(random.oneIn(2) ? Math.min(batch.byteLength, 80) : batch.byteLength)] =
      random.below(256);
  }
  const end = random.oneIn(3) ? random.below(batch.byteLength) : batch.byteLength;
  const told = await answers(served, token, batch.slice(0, end));
  const done = told.flatMap((answer) => answer.type === "done" ? answer.ids : []);
  ok(new Set(done).size === done.length, `${n}: an id is done twice`);
  // What is stored has the digest that was sent with it, however it was changed.
  const list = await fetch(`${served.url}/v4/files/b${n}?list`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const lines = (await list.text()).split("\n").filter((line) => line !== "");
  if (!list.ok) return;
  for (const line of lines) {
    const { path, kind, size, tree } = JSON.parse(line);
    if (kind !== "file") continue;
    const got = await fetch(
      `${served.url}/v4/files/${path.split("/").map(encodeURIComponent).join("/")}`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
    const bytes = new Uint8Array(await got.arrayBuffer());
    deepEqual([bytes.byteLength, hex(blockHashNow(bytes))], [size, tree], path);
  }
}

async function answers(
  served: ServedApplication,
  token: string,
  body: Uint8Array<ArrayBuffer>,
): Promise<readonly BatchAnswer[]> {
  const response = await fetch(`${served.url}/v4/batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    body,
  });
  const found: BatchAnswer[] = [];
  const parser = new AnswerParser();
  parser.push(new Uint8Array(await response.arrayBuffer()), (answer) => found.push(answer));
  parser.end();
  return found;
}

function file(id: number, path: string, content: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(content);
  return encodeFrame({
    ...{ type: "file", id, metadata: { path, mtime: "1700000000000000000" } },
    ...{ sha256: blockHashNow(bytes), content: bytes },
  });
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
