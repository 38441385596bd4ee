/** Our client and server compared with OpenSSH's: whole processes, alternating. */
import { CHUNK_SIZE } from "../../client/protocol3/sending/encrypted_content.ts";
import { CbcEncryption, importAesKey } from "../../shared/protocol3/crypto/cbc.ts";
import { releaseMemory } from "../../shared/runtime.ts";
import { diskAtRest } from "./disk_at_rest.ts";
import { madeFile, madeFolder } from "./made_file.ts";
import { CIPHERS } from "./openssh.ts";
import type { Row, Scenario, Stage } from "./scenario.ts";
import { type Command, median, timed } from "./timed.ts";

const GIB = 1024 ** 3;
const KIB = 1024;

/** A competitor: its name, its command, and the maximum of our time as a fraction of its own. */
interface Rival {
  readonly who: string;
  readonly command: Command | undefined;
  readonly most?: number;
}

/** One file of 1 GiB. */
export const largeFile: Scenario = async (stage) => {
  const { own, ssh, folder, part } = stage;
  const size = GIB / part;
  const file = await madeFile(folder, "large.bin", size);
  const rows = await inTurn(stage, {
    what: `one file of ${size / KIB / KIB} MiB`,
    ours: own.send([file]),
    rivals: ssh === undefined ? [] : [
      { who: "scp, chacha20-poly1305", command: ssh.scp(file), most: 0.8 },
      { who: "scp, aes256-gcm", command: ssh.scp(file, { cipher: CIPHERS.gcm }), most: 1 },
      { who: "sftp", command: await ssh.sftp(file) },
      { who: "rsync over ssh", command: ssh.rsync(file) },
    ],
    beside: {
      who: "the cipher alone, in memory",
      most: 1.25,
      measure: () => encryptedInMemory(size),
    },
  });
  await Deno.remove(file);
  return rows;
};

/** 2,000 files of 4 KiB. */
export const manyFiles: Scenario = async (stage) => {
  const { own, ssh, folder, part } = stage;
  const count = Math.ceil(2_000 / part);
  const { path: many, files } = await madeFolder(folder, {
    ...{ name: "many", files: count, bytes: 4 * KIB },
  });
  const rows = await inTurn(stage, {
    what: `${count} files of 4 KiB`,
    ours: own.send(files),
    rivals: ssh === undefined ? [] : [
      { who: "scp -r", command: ssh.scp(many), most: 0.5 },
      { who: "rsync over ssh", command: ssh.rsync(many) },
    ],
  });
  await Deno.remove(many, { recursive: true });
  return rows;
};

/** One file of 1 KiB: mostly the start of a client. */
export const smallFile: Scenario = async (stage) => {
  const { own, ssh, folder } = stage;
  const file = await madeFile(folder, "small.bin", KIB);
  return await inTurn(stage, {
    what: "one file of 1 KiB",
    ours: own.send([file]),
    rivals: ssh === undefined ? [] : [
      { who: "scp", command: ssh.scp(file), most: 0.6 },
      { who: "sftp", command: await ssh.sftp(file) },
    ],
  });
};

/** Runs all of them in turn, for the stage's number of rounds after a warm-up round. */
async function inTurn(
  { runs, own, ssh }: Stage,
  { what, ours, rivals, beside }: {
    readonly what: string;
    readonly ours: Command;
    readonly rivals: readonly Rival[];
    readonly beside?: {
      readonly who: string;
      readonly most: number;
      readonly measure: () => Promise<number>;
    };
  },
): Promise<readonly Row[]> {
  const racers = [
    { who: "sealpost", measure: seconds(ours) },
    ...rivals.flatMap(({ command, ...rival }) =>
      command === undefined ? [] : [{ ...rival, measure: seconds(command) }]
    ),
    ...(beside === undefined ? [] : [beside]),
  ];
  const times = racers.map((): number[] => []);
  for (let round = 0; round <= runs; round++) {
    for (const [index, { measure }] of racers.entries()) {
      // Each sends new files: replacing old ones also frees their blocks, which only a sync waits
      // for.
      await Promise.all([own.forget(), ssh?.forget()]);
      await diskAtRest();
      const time = await measure();
      if (round > 0) times[index]?.push(time);
    }
  }
  const [mine = []] = times;
  return racers.map(({ who, ...limit }, index) => {
    const its = times[index] ?? [];
    const row = { what, who, median: median(its), unit: "s" as const };
    if (index === 0) return row;
    const ratio = median(mine.map((time, round) => time / (its[round] ?? NaN)));
    return {
      ...row,
      ratio,
      ...("most" in limit && limit.most !== undefined && { most: limit.most }),
    };
  });
}

function seconds(command: Command): () => Promise<number> {
  return async () => (await timed(command)).seconds;
}

/** Returns the seconds to encrypt `size` bytes in memory, in the client's chunks. */
async function encryptedInMemory(size: number): Promise<number> {
  const cipher = new CbcEncryption(await importAesKey(new Uint8Array(32)));
  const chunk = new Uint8Array(CHUNK_SIZE);
  const begun = performance.now();
  for (let left = size; left > 0; left -= CHUNK_SIZE) releaseMemory(await cipher.chunk(chunk));
  return (performance.now() - begun) / 1000;
}
