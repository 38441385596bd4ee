/** No kind of bytes costs the server much more than as many bytes of a large file. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import { Admission, type ConnectionSlot } from "../../server/listening/admission/admission.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { DEVIATIONS } from "../../shared/protocol3/deviation.ts";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { FRAME_PARTS } from "../../shared/wire/frame_parser.ts";
import { Talk } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import { LIMITS, type Services, servicesOver } from "../peers/test_services.ts";
import {
  BYTE_KINDS,
  type ByteKind,
  type ByteStream,
  KIND_OF_DEVIATION,
  KIND_OF_PART,
} from "./byte_kinds.ts";

/** How many times as much as a byte of a large file a byte of any kind may cost. */
const MOST = 10;

/**
 * Rounds in which content is measured at least, and rounds in all. After the first only kinds that
 * still seem too expensive are measured beside it. Of each kind the least counts, since a
 * measurement is longer where more runs on the machine, and of content the middle one: its least is
 * of moments in which nothing else has the memory and caches of the processor.
 */
const ROUNDS = { content: 3, most: 50 } as const;

/**
 * Measurements of content in a row that count as one, so that it takes about as long as one of
 * names, which take five to eight times as much: a short one meets a quiet moment more easily.
 */
const IN_A_ROW = 6;

/** Bytes of a read; a connection wants larger ones while much content is due. */
const READ = 64 * 1024;

/** Nanoseconds of processor time, in all threads, that a byte of a stream takes. */
async function costOf(stream: ByteStream, services: Services): Promise<number> {
  const { before, bytes, parsedOnly = false } = stream;
  const admission = new Admission({ limits: LIMITS, clock: SYSTEM_CLOCK });
  const slot = admission.admit({ address: "127.0.0.1", evict() {} }) as ConnectionSlot;
  const talk = new Talk(services, "2024a", { slot });
  await talk.send(before);
  const parser = new RequestParser({
    ...{ revision: "2024a", maxFileSize: LIMITS.fileSize, profile: new Profile() },
  });
  const begun = cpuUsage();
  for (let at = 0; at < bytes.byteLength;) {
    const size = talk.connection.readSize ?? READ;
    const read = bytes.subarray(at, at + size);
    if (parsedOnly) parser.push(read);
    while (parsedOnly && parser.next() !== undefined);
    if (!parsedOnly) await talk.connection.receive(read);
    slot.heard();
    at += size;
  }
  const { user, system } = cpuUsage(begun);
  await talk.end();
  await services.uploads.clear();
  return (user + system) * 1_000 / bytes.byteLength;
}

/** Names in a list for which a table has no kind that is measured. */
function unmeasured(
  names: readonly string[],
  table: Readonly<Record<string, ByteKind | "request">>,
): readonly string[] {
  return names.filter((name) => {
    const kind = table[name];
    return kind === undefined || kind !== "request" && !Object.hasOwn(BYTE_KINDS, kind);
  });
}

Deno.test("a byte of any kind costs at most ten times as much as one of a large file", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  await using storage = await openStorage({ data, database: undefined, clock: SYSTEM_CLOCK });
  const services = servicesOver(storage, { limits: LIMITS });
  const client = new TestClient(new Talk(services, "2024a"));
  await client.introduce();
  const streams = Object.entries(BYTE_KINDS).map(([kind, streamOf]) => ({
    kind,
    stream: streamOf(client),
    least: Infinity,
  }));
  const [content] = streams;
  ok(content?.kind === "content");
  const contents: number[] = [];
  const usual = () => contents.toSorted((a, b) => a - b)[contents.length >> 1] ?? 0;
  const over = () => streams.filter(({ least }) => least > MOST * usual());
  const due = (round: number) => round < ROUNDS.content || over().length > 0 && round < ROUNDS.most;
  for (let round = 0; due(round); round++) {
    let beside = 0;
    for (let time = 0; time < IN_A_ROW; time++) beside += await costOf(content.stream, services);
    const measured = round === 0 ? streams : over();
    contents.push(beside / IN_A_ROW);
    for (const one of measured) {
      one.least = Math.min(one.least, await costOf(one.stream, services));
    }
  }
  const told = over().map(({ kind, least }) => `${kind} ${(least / usual()).toFixed(1)}`);
  ok(told.length === 0, `In times of a byte of content: ${told.join(", ")}`);
});

Deno.test("each part of a frame and each deviation has a kind of bytes that is measured", () => {
  deepStrictEqual(unmeasured(FRAME_PARTS, KIND_OF_PART), []);
  deepStrictEqual(unmeasured(Object.keys(DEVIATIONS), KIND_OF_DEVIATION), []);
  deepStrictEqual(unmeasured([...FRAME_PARTS, "trailer"], KIND_OF_PART), ["trailer"]);
});
