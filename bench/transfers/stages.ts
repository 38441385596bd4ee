/** The time of each stage of a large file by itself: where the time of a transfer goes. */
import { join } from "node:path";
import {
  CbcDecryption,
  CbcEncryption,
  DECRYPTION_MARGIN,
  DecryptionKey,
  importAesKey,
} from "../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import { releaseMemory } from "../../shared/runtime.ts";
import { madeFile } from "./made_file.ts";
import type { Row, Scenario } from "./scenario.ts";
import { median } from "./timed.ts";

const GIB = 1024 ** 3;

/** Bytes per chunk in the server with one upload: half of the client's. */
const CHUNK = 512 * 1024;

const KEY = await importAesKey(new Uint8Array(32));
const DECRYPTION_KEY = new DecryptionKey(KEY);

/** Passes chunks through a stage. */
type Stage = (chunks: number) => Promise<void> | void;

/**
 * Each stage by itself for a file of 1 GiB; in a transfer most of them run in parallel with the
 * cipher.
 */
export const stages: Scenario = async ({ folder, runs, part }) => {
  const size = GIB / part;
  const source = await madeFile(folder, "stages.bin", size);
  const target = join(folder, "stages.out");
  const all: Readonly<Record<string, Stage>> = {
    "client: read": (chunks) => readAll(source, chunks),
    "client, server: checksum": (chunks) => checksum(chunks),
    "client: encrypt": encrypt,
    "client, server: copy in memory": copy,
    "client: send, server: receive": sendAndReceive,
    "server: decrypt, two at once": decrypt,
    "server: write": (chunks) => write(target, chunks),
    "server: write and sync": async (chunks) => {
      await write(target, chunks);
      using file = await Deno.open(target, { write: true });
      await file.sync();
    },
  };
  const rows: Row[] = [];
  for (const [who, stage] of Object.entries(all)) {
    const times: number[] = [];
    for (let round = 0; round <= runs; round++) {
      const begun = performance.now();
      await stage(size / CHUNK);
      if (round > 0) times.push((performance.now() - begun) / 1000);
    }
    rows.push({
      what: `${size / 1024 / 1024} MiB by itself`,
      who,
      median: median(times),
      unit: "s",
    });
  }
  for (const path of [source, target]) await Deno.remove(path);
  return rows;
};

function readAll(path: string, chunks: number): void {
  using file = Deno.openSync(path);
  const chunk = new Uint8Array(CHUNK);
  for (let i = 0; i < chunks; i++) file.readSync(chunk);
}

function checksum(chunks: number): void {
  const sum = new Cksum();
  const chunk = new Uint8Array(CHUNK);
  for (let i = 0; i < chunks; i++) sum.update(chunk);
}

function copy(chunks: number): void {
  const [from, to] = [new Uint8Array(CHUNK), new Uint8Array(CHUNK)];
  for (let i = 0; i < chunks; i++) to.set(from);
}

async function encrypt(chunks: number): Promise<void> {
  const cipher = new CbcEncryption(KEY);
  const chunk = new Uint8Array(CHUNK);
  for (let i = 0; i < chunks; i++) releaseMemory(await cipher.chunk(chunk));
}

async function decrypt(chunks: number): Promise<void> {
  const cipher = new CbcDecryption(DECRYPTION_KEY);
  const memory = [
    new Uint8Array(CHUNK + DECRYPTION_MARGIN),
    new Uint8Array(CHUNK + DECRYPTION_MARGIN),
  ];
  const underWay: Promise<void>[] = [];
  for (let i = 0; i < chunks; i++) {
    await underWay[i - 2];
    const chunk = memory[i % 2];
    if (chunk === undefined) continue;
    underWay.push(cipher.chunk(chunk, CHUNK).then(releaseMemory));
  }
  await Promise.all(underWay);
}

async function sendAndReceive(chunks: number): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const port = listener.addr.port;
  using sender = await Deno.connect({ hostname: "127.0.0.1", port });
  using receiver = await listener.accept();
  const sent = (async () => {
    const chunk = new Uint8Array(CHUNK);
    for (let i = 0; i < chunks; i++) {
      for (let rest = chunk; rest.byteLength > 0;) rest = rest.subarray(await sender.write(rest));
    }
    await sender.closeWrite();
  })();
  const buffer = new Uint8Array(CHUNK);
  while (await receiver.read(buffer) !== null);
  await sent;
}

async function write(path: string, chunks: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const chunk = new Uint8Array(CHUNK);
  for (let i = 0; i < chunks; i++) {
    for (let at = 0; at < CHUNK;) at += await file.write(chunk.subarray(at));
  }
}
