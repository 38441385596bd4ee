/** Measures an honest client beside attackers. */

import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { TestClient } from "../peers/test_client.ts";
import { writeReleased, writeSums } from "../web/release.ts";
import { BoundLine } from "./bound_line.ts";
import { KINDS, OFFERED } from "./kinds.ts";

/** Seconds for which the attack goes on before anything is measured. */
const WARMING_UP = 3;
/** Seconds after which an upload counts as never done. */
const GIVING_UP = 10;
const HONEST = "127.0.0.20";
/** Bytes of the file that the page offers. */
const OFFERED_SIZE = 64 * 1024 * 1024;
const EIGHT = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 2}`);
const CONTENT = lcg(3, 1_000_000);
const ROOT = new URL("../../", import.meta.url);
const RIGHTS = [
  ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-sys=statfs"],
  "--allow-env",
];

/** The server, with the limits of an address beyond what the attackers reach. */
const SERVER = [
  ...["server/main.ts", "--host", "127.0.0.1", "--port", "0", "--limit-loopback"],
  ...["--max-connections-per-address", "2000", "--max-failures", "none"],
  ...["--max-names-per-hour", "none", "--max-files-per-client", "none"],
  ...["--http", "127.0.0.1:0"],
];

/** Where the attackers are: one address, eight, or the honest client's own. */
export const PLACES = {
  other: { from: ["127.0.0.2"], honest: HONEST },
  same: { from: [HONEST], honest: HONEST },
  eight: { from: EIGHT, honest: HONEST },
} as const;

/** Attackers, and what they attack. */
export interface Attack {
  /** One of `KINDS`, `mixed` for all of them, or `alone` for none. */
  readonly kind: string;
  readonly place: keyof typeof PLACES;
  /** The number of attackers. */
  readonly connections: number;
  /** Ends the server and the attackers, and rejects with its reason. */
  readonly stopping: AbortSignal;
}

/** An honest client's way to the server. */
export interface Way {
  readonly port: number;
  /** The address that it connects from. */
  readonly honest: string;
}

/** Returns the seconds that something honest took each of `times` times, in ascending order. */
export async function measure(
  attack: Attack,
  { times, act = upload }: {
    readonly times: number;
    readonly act?: (way: Way, at: number) => Promise<void>;
  },
): Promise<readonly number[]> {
  return await beside(attack, async (way) => {
    const taken: number[] = [];
    for (let at = 0; at < times; at++) {
      taken.push(await timed(() => act(way, at)));
      if (taken.filter((time) => time >= GIVING_UP).length > 2) break;
    }
    return taken.sort((a, b) => a - b);
  });
}

/** Does something at a server beside attackers. */
export async function beside<Result>(
  { kind, place, connections, stopping }: Attack,
  act: (way: Way) => Promise<Result>,
): Promise<Result> {
  stopping.throwIfAborted();
  const stopped = new Promise<never>((_, reject) => {
    stopping.addEventListener("abort", () => reject(stopping.reason));
  });
  stopped.catch(() => {});
  const { from, honest } = PLACES[place];
  await using data = await temporaryFolder();
  await using release = await temporaryFolder();
  await writeSums(release.path, [
    await writeReleased(release.path, OFFERED, new Uint8Array(OFFERED_SIZE)),
  ]);
  const server = new Deno.Command("taskset", {
    args: [
      ...["-c", "0", Deno.execPath(), "run", ...RIGHTS, ...SERVER],
      ...["--data", data.path, "--downloads", release.path],
    ],
    cwd: ROOT,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let attackers: Deno.ChildProcess | undefined;
  try {
    const [port, webPort] = await Promise.race([portsOf(server.stdout), stopped]);
    const names = kind === "mixed" ? Object.keys(KINDS) : [kind];
    attackers = kind === "alone" ? undefined : new Deno.Command("taskset", {
      args: [
        ...["-c", "1", Deno.execPath(), "run", ...RIGHTS, "tests/fairness/attackers.ts"],
        ...[`${port}`, `${webPort}`, `${connections}`, names.join(","), from.join(",")],
      ],
      cwd: ROOT,
      stderr: "null",
    }).spawn();
    if (attackers) {
      const warm = new Promise((resolve) => setTimeout(resolve, WARMING_UP * 1000));
      await Promise.race([warm, stopped]);
    }
    return await Promise.race([act({ port, honest }), stopped]);
  } finally {
    for (const process of [attackers, server]) {
      process?.kill("SIGKILL");
      await process?.status;
    }
  }
}

/** Sends a file of 1 MB, from the connection to its acknowledgement. */
async function upload({ port, honest }: Way, at: number): Promise<void> {
  using line = await BoundLine.connect(port, honest);
  const client = new TestClient(line, { name: `Honest ${at}` });
  await client.introduce();
  const kind = (await client.file(CONTENT))?.kind;
  if (kind !== "fileReceived") throw new Error(`The file was not received: ${kind}`);
  const answer = (await client.ask(client.verdict("crcValid")))?.kind;
  if (answer !== "acknowledged") throw new Error(`The file was not kept: ${answer}`);
}

/** Asks for what is refused, from the connection to the reply. */
export async function refusal({ port, honest }: Way): Promise<void> {
  using line = await BoundLine.connect(port, honest);
  const client = new TestClient(line, { clientId: clientIdOf(lcg(9, 16)) });
  const kind = (await client.reconnect())?.kind;
  if (kind !== "reconnectRefused") throw new Error(`It was not refused: ${kind}`);
}

/** Returns the seconds that something takes; a failure is as bad as no end. */
async function timed(act: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  let timer;
  const late = new Promise((resolve) => timer = setTimeout(resolve, GIVING_UP * 1000));
  await Promise.race([late, act().catch(() => late)]);
  clearTimeout(timer);
  return (performance.now() - begun) / 1000;
}

/** Returns the ports that a server's first lines name: its own, and the page's. */
async function portsOf(stdout: ReadableStream<Uint8Array>): Promise<readonly [number, number]> {
  let text = "";
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const [, port, webPort] = /listening on .*:(\d+)\n[^]*downloads on .*:(\d+)\/\n/.exec(text) ??
      [];
    if (port !== undefined) return [Number(port), Number(webPort)];
  }
  throw new Error(`The server did not start: ${text}`);
}
