/** Protocol 4 compared with protocol 3, OpenSSH and rsync: whole processes, in turn. */
import { basename, join } from "node:path";
import { expectSame } from "./expect_same.ts";
import { madeFile, madeFolder } from "./made_file.ts";
import { CIPHERS } from "./openssh.ts";
import type { Cost } from "./processor_time.ts";
import { costsOf, race, type Racer, rowsOf } from "./race.ts";
import type { Measure, OwnScenario, Row } from "./scenario.ts";
import { availableMemory, openSite, type Site } from "./sites.ts";
import { median, timed } from "./timed.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Milliseconds of a round trip between far places. */
const FAR = 50;

/** Files of a folder of small ones, and the bytes of each. */
const FOLDER = { files: 2_000, bytes: 4 * KIB };

/** Why nothing is measured in memory. */
const TOO_LITTLE = "a memory file system for 1 GiB needs 6 GiB of free memory, for 256 MiB 1.5 GiB";

/** The part of a folder that `scp -r` sends over the delayed line, where each file takes 0.2 s. */
const PART_OF_FOLDER = 50;

/** A large file up, on a memory file system: what processors can do. */
const upInMemory: OwnScenario = async (measure) => {
  const at = await roomInMemory(measure);
  if (at === undefined) return TOO_LITTLE;
  return await onSite(at, async (site) => {
    const file = await madeFile(site.folder, "large.bin", at.size);
    return await up(site, {
      ...{ file, runs: measure.runs, what: `${at.size / MIB} MiB up, in memory` },
      goals: { scp: 0.7, gcm: 1, processor: 0.85 },
    });
  });
};

/** The same on a disk; only ours is synced. */
const upOnDisk: OwnScenario = ({ folder, runs, part }) =>
  onSite({ within: folder }, async (site) => {
    const size = 1024 * MIB / part;
    const file = await madeFile(site.folder, "large.bin", size);
    const what = `${size / MIB} MiB up, to a disk`;
    return await up(site, { file, runs, what, goals: { scp: 1 } });
  });

/** 100 MB up at a distance. */
const farLarge: OwnScenario = ({ folder, runs, part }) =>
  onSite({ within: folder, roundTrip: FAR }, async (site) => {
    const size = 100_000_000 / part;
    const file = await madeFile(site.folder, "large.bin", size);
    const what = `${(size / 1e6).toFixed(0)} MB up, at ${FAR} ms`;
    return await up(site, { file, runs, what, goals: { scp: 0.65 } });
  });

/** A small file up at a distance, to a server that is known. */
const farSmall: OwnScenario = ({ folder, runs }) =>
  onSite({ within: folder, roundTrip: FAR }, async (site) => {
    const file = await madeFile(site.folder, "small.bin", KIB);
    return await up(site, { file, runs, what: `1 KiB up, at ${FAR} ms`, goals: { scp: 0.3 } });
  });

/** A large file down, on a memory file system. */
const down: OwnScenario = async (measure) => {
  const at = await roomInMemory(measure);
  if (at === undefined) return TOO_LITTLE;
  return await onSite(at, async ({ folder, own, ssh }) => {
    const file = await madeFile(folder, "large.bin", at.size);
    const name = basename(file);
    const back = join(folder, "back");
    await Deno.mkdir(back);
    await timed(own.send4([file]));
    const kept = ssh === undefined ? file : join(ssh.target, name);
    if (kept !== file) await Deno.rename(file, kept);
    const check = () => expectSame(kept, join(back, name));
    const ours = { who: "protocol 4", command: own.get4(name, back), server: own.pid, check };
    const rivals = ssh === undefined ? [] : racers([
      { who: "scp", command: ssh.scp(file, { back }), most: 0.6 },
      { who: "scp, aes256-gcm", command: ssh.scp(file, { back, cipher: CIPHERS.gcm }) },
      { who: "sftp", command: await ssh.sftp(file, { back }) },
      { who: "rsync over ssh", command: ssh.rsync(file, { back }) },
    ], { server: ssh.pid, check });
    return await race({
      ...{ what: `${at.size / MIB} MiB down, in memory`, racers: [ours, ...rivals] },
      runs: measure.runs,
      async forget() {
        await Deno.remove(back, { recursive: true });
        await Deno.mkdir(back);
      },
    });
  });
};

/** Many small files up, to a disk; only ours are synced. */
const manyFiles: OwnScenario = ({ folder, runs, part }) =>
  onSite({ within: folder }, async (site) => {
    const many = await madeFolder(site.folder, {
      ...{ name: "many", files: Math.ceil(FOLDER.files / part), bytes: FOLDER.bytes },
    });
    const what = `${many.files.length} files of 4 KiB up`;
    const { ssh } = site;
    return await race({
      ...{ what, runs, forget: () => forget(site, many.path) },
      racers: [
        ...ours(site, { four: many.path, three: many.files }),
        ...ssh === undefined ? [] : racers([
          { who: "scp -r", command: ssh.scp(many.path), most: 0.4 },
          { who: "sftp", command: await ssh.sftp(many.path) },
          { who: "rsync over ssh", command: ssh.rsync(many.path), most: 0.75 },
        ], { server: ssh.pid, check: () => ssh.check(many.path) }),
      ],
    });
  });

/** The same at a distance. */
const farFolder: OwnScenario = ({ folder, runs, part }) =>
  onSite({ within: folder, roundTrip: FAR }, async (site) => {
    const many = await madeFolder(site.folder, {
      ...{ name: "many", files: Math.ceil(FOLDER.files / part), bytes: FOLDER.bytes },
    });
    const what = `${many.files.length} files of 4 KiB up, at ${FAR} ms`;
    const few = await madeFolder(site.folder, {
      ...{ name: "few", files: Math.ceil(many.files.length / PART_OF_FOLDER) },
      bytes: FOLDER.bytes,
    });
    const times = many.files.length / few.files.length;
    const { ssh } = site;
    return await race({
      ...{ what, runs, forget: () => forget(site, many.path) },
      racers: [
        ...ours(site, { four: many.path, three: many.files }),
        ...ssh === undefined ? [] : racers([
          { who: "rsync over ssh", command: ssh.rsync(many.path), most: 0.6 },
          {
            who: `scp -r of ${few.files.length}, times ${times}`,
            command: ssh.scp(few.path),
            times,
          },
        ], { server: ssh.pid }),
      ],
    });
  });

/** What protocol 4 takes more than protocol 3 to send one small file, on loopback. */
const start: OwnScenario = ({ folder, runs }) =>
  onSite({ within: folder }, async (site) => {
    const file = await madeFile(site.folder, "small.bin", KIB);
    const what = "1 KiB up, known server";
    const asked = {
      ...{ what, runs: 3 * runs, forget: () => forget(site, file) },
      racers: ours(site, { four: file }),
    };
    const costs = await costsOf(asked);
    const [four = [], three = []] = costs;
    // In pairs: both ran one after the other.
    const more = (value: (cost: Cost) => number) =>
      median(four.map((cost, pair) => value(cost) - value(three[pair] ?? cost)));
    const who = "protocol 4, more than protocol 3";
    const row = { what, unit: "s" } as const;
    return [
      ...rowsOf(asked, costs),
      { ...row, who, median: more(({ seconds }) => seconds), most: 0.06 },
      { ...row, who: `${who}: processor time`, median: more(({ client }) => client), most: 0.05 },
    ];
  });

/** The scenarios by their names. */
export const PROTOCOL_4: Readonly<Record<string, OwnScenario>> = {
  "up-memory": upInMemory,
  "up-disk": upOnDisk,
  "down": down,
  "folder": manyFiles,
  "far-folder": farFolder,
  "far-large": farLarge,
  "far-small": farSmall,
  "start": start,
};

/** One file up, by every program. */
async function up(site: Site, { what, file, runs, goals }: {
  readonly what: string;
  readonly file: string;
  readonly runs: number;
  readonly goals: { readonly scp: number; readonly gcm?: number; readonly processor?: number };
}): Promise<readonly Row[]> {
  const { ssh } = site;
  const { scp, gcm, processor } = goals;
  const rivals = ssh === undefined ? [] : racers([
    { who: "scp", command: ssh.scp(file), most: scp, mostProcessor: processor },
    { who: "scp, aes256-gcm", command: ssh.scp(file, { cipher: CIPHERS.gcm }), most: gcm },
    { who: "sftp", command: await ssh.sftp(file) },
    { who: "rsync over ssh", command: ssh.rsync(file) },
  ], { server: ssh.pid, check: () => ssh.check(file) });
  return await race({
    ...{ what, runs, forget: () => forget(site, file) },
    racers: [...ours(site, { four: file }), ...rivals],
  });
}

/**
 * Both of our protocols. `four`: a file or a folder; `three`: what the other one is given, which
 * sends no folders. What arrived is checked where that takes no round trips.
 */
function ours(
  { own, isFar }: Site,
  { four, three = [four] }: { readonly four: string; readonly three?: readonly string[] },
): readonly Racer[] {
  const [check4, check3] = [() => own.check4(four), () => own.check3(four)];
  return [
    {
      ...{ who: "protocol 4", command: own.send4([four]), server: own.pid },
      ...(!isFar && { check: check4 }),
    },
    { who: "protocol 3", command: own.send(three), server: own.pid, check: check3 },
  ];
}

/** Those that can be run. */
function racers(
  all: readonly {
    readonly [Key in keyof Omit<Racer, "server" | "check">]: Racer[Key] | undefined;
  }[],
  at: Pick<Racer, "server" | "check">,
): readonly Racer[] {
  return all.flatMap(({ who = "", command, most, mostProcessor, times }) =>
    command === undefined ? [] : [{
      ...{ who, command, ...at },
      ...(most !== undefined && { most }),
      ...(mostProcessor !== undefined && { mostProcessor }),
      ...(times !== undefined && { times }),
    }]
  );
}

async function forget({ own, ssh }: Site, path: string): Promise<void> {
  await Promise.all([own.forget([basename(path)]), ssh?.forget()]);
}

async function onSite(
  options: Parameters<typeof openSite>[0],
  measured: (site: Site) => Promise<readonly Row[]>,
): Promise<readonly Row[] | string> {
  const site = await openSite(options);
  if (typeof site === "string") return site;
  await using _site = site;
  return await measured(site);
}

/** A memory file system for four large files of a size for which there is memory. */
async function roomInMemory({ folder, part }: Measure) {
  const available = await availableMemory();
  for (const size of [1024 * MIB / part, 256 * MIB / part]) {
    // Programs need some of it too. A server leaves some of a file system free, and takes nothing.
    if (available >= 6 * size) return { within: folder, size, memory: 4 * size + 4096 * MIB };
  }
  return undefined;
}
