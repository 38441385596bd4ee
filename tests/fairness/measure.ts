/** Measures an honest client beside attackers. */

import { temporaryFolder } from "../peers/temporary_folder.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { TestClient } from "../peers/test_client.ts";
import { writeReleased, writeSums } from "../web/release.ts";
import { BoundLink } from "./bound_link.ts";
import { KINDS, OFFERED } from "./kinds.ts";
import { MeasuredProcess } from "./process.ts";

/** Seconds for which the attack goes on before anything is measured. */
const WARMING_UP = 3;
/** Seconds after which an upload counts as never done. */
const GIVING_UP = 10;
const HONEST = "127.0.0.20";
/** Bytes of the file that the page offers. */
const OFFERED_SIZE = 64 * 1024 * 1024;
const EIGHT = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 2}`);
const CONTENT = lcg(3, 1_000_000);

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

/** Where attackers may be. */
export type Place = keyof typeof PLACES;

/** Attackers, and what they attack. */
export interface Attack {
  /** One of `KINDS`, `mixed` for all of them, or `alone` for none. */
  readonly kind: string;
  readonly place: Place;
  /** The number of attackers. */
  readonly connections: number;
  /** Flags of the server besides those that each has. */
  readonly server?: readonly string[] | undefined;
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
  { kind, place, connections, server: flags = [], stopping }: Attack,
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
  const folders = ["--data", data.path, "--downloads", release.path];
  await using server = new MeasuredProcess("The server", {
    core: 0,
    program: [...SERVER, ...folders, ...flags],
  });
  const [port, webPort] = await Promise.race([portsOf(server), stopped]);
  const names = kind === "mixed" ? Object.keys(KINDS) : [kind];
  await using attackers = kind === "alone" ? undefined : new MeasuredProcess("The attackers", {
    core: 1,
    program: [
      ...["tests/fairness/attackers.ts", `${port}`, `${webPort}`, `${connections}`],
      ...[names.join(","), from.join(",")],
    ],
  });
  const ended = [stopped, server.ended, ...(attackers === undefined ? [] : [attackers.ended])];
  if (attackers) {
    const warm = new Promise((resolve) => setTimeout(resolve, WARMING_UP * 1000));
    await Promise.race([warm, ...ended]);
  }
  return await Promise.race([act({ port, honest }), ...ended]);
}

/** Sends a file of 1 MB, from the connection to its acknowledgement. */
async function upload({ port, honest }: Way, at: number): Promise<void> {
  using line = await BoundLink.connect(port, honest);
  const client = new TestClient(line, { name: `Honest ${at}` });
  await client.introduce();
  const kind = (await client.file(CONTENT))?.kind;
  if (kind !== "fileReceived") throw new Error(`The file was not received: ${kind}`);
  const answer = (await client.ask(client.verdict("crcValid")))?.kind;
  if (answer !== "acknowledged") throw new Error(`The file was not kept: ${answer}`);
}

/** Asks for what is refused, from the connection to the reply. */
export async function refusal({ port, honest }: Way): Promise<void> {
  using line = await BoundLink.connect(port, honest);
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
async function portsOf(server: MeasuredProcess): Promise<readonly [number, number]> {
  const own = /^listening on .*:(\d+)$/;
  const web = /^downloads on .*:(\d+)\/$/;
  const lines = [await server.line(own), await server.line(web)];
  const [port, webPort] = lines.map((line) => Number(/\d+(?=\/?$)/.exec(line)?.[0]));
  if (port === undefined || webPort === undefined) throw new TypeError("A line has no port");
  return [port, webPort];
}
