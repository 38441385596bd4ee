import { ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { SeededRandom } from "../../chance/seeded_random.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { expectPlain } from "./expect_plain.ts";
import { TIMEOUTS, withoutPauses } from "./without_pauses.ts";
import { HostileServer, json, list } from "./hostile_server.ts";
import { type Trick, TRICKS } from "./http_tricks.ts";

/** Bytes that a client may take of an answer that it does not want; sockets hold some more. */
const MOST_TAKEN = 24 * 1024 * 1024;

/** A command, and a request of it that gets another answer. */
interface Target {
  readonly words: readonly string[];
  /** The method, and what the path has in it. */
  readonly request: readonly [method: string, path: string];
  /** Whether its answer is read as JSON. */
  readonly json?: boolean;
  /** Reasons beside those of a trick. */
  readonly also?: readonly string[];
}

const SIZE = 40_000;
const FILE = { path: "got", kind: "file", size: SIZE, tree: "0".repeat(64) };

/** Each request of each command. */
const TARGETS: readonly [Target, ...Target[]] = [
  { words: ["login", "ADDRESS", "--name", "x"], request: ["GET", "/v4"] },
  { words: ["login", "ADDRESS", "--name", "x"], request: ["POST", "/v4/nonce"], json: true },
  { words: ["login", "ADDRESS", "--name", "x"], request: ["POST", "/v4/clients"], json: true },
  { words: ["status"], request: ["GET", "/v4/devices"] },
  { words: ["ls"], request: ["GET", "?list"], json: true },
  { words: ["ls", "got"], request: ["GET", "?entry"], json: true },
  { words: ["rm", "got"], request: ["DELETE", "got"] },
  { words: ["mv", "got", "there"], request: ["MOVE", "got"] },
  { words: ["devices", "list"], request: ["GET", "/v4/devices"], json: true },
  { words: ["devices", "add"], request: ["POST", "/v4/devices/codes"], json: true },
  { words: ["token"], request: ["POST", "/v4/tokens"], json: true },
  { words: ["token", "--list"], request: ["GET", "/v4/tokens"], json: true },
  { words: ["get", "got", "-o", "OUT"], request: ["GET", "?entry"], json: true },
  { words: ["get", "/", "-o", "OUT"], request: ["GET", "?list"], json: true },
  {
    words: ["get", "got", "-o", "OUT"],
    request: ["GET", "files/got "],
    also: ["server-error", "checksum-mismatch", "connection-lost"],
  },
  { words: ["send", "SMALL"], request: ["GET", "?list"], json: true },
  { words: ["send", "SMALL"], request: ["POST", "/v4/batch"], json: true },
  { words: ["send", "LARGE"], request: ["POST", "/v4/uploads"], json: true },
  { words: ["send", "LARGE"], request: ["PATCH", "/v4/uploads/"], also: ["server-error"] },
  { words: ["send", "LARGE"], request: ["POST", "/commit"] },
];

/** Registers tests: each trick at all of its requests, or every second at one, by a seed. */
export function testTricks(share: "few" | "all"): void {
  const { seed } = new SeededRandom();
  const random = new SeededRandom(seed);
  const some = random.below(2);
  for (const trick of share === "all" ? TRICKS : TRICKS.filter((_, at) => at % 2 === some)) {
    const fitting: readonly Target[] = TARGETS.filter(({ json = false }) =>
      json || !trick.name.startsWith("JSON")
    );
    const start = random.below(fitting.length);
    for (const target of share === "all" ? fitting : fitting.slice(start, start + 1)) {
      const asked = `${target.words[0]}, ${target.request.join(" ")}`;
      Deno.test(`An answer ends in order: ${trick.name} (${asked})`, () => play(trick, target));
    }
  }
}

async function play(trick: Trick, target: Target): Promise<void> {
  await using folder = await temporaryFolder();
  await using server = await HostileServer.start();
  const [config, out] = [`${folder.path}/config`, `${folder.path}/out`];
  await Deno.mkdir(config);
  await Deno.writeFile(`${folder.path}/small`, new Uint8Array(3));
  await Deno.writeFile(`${folder.path}/large`, new Uint8Array(1_100_000));
  const run = (words: readonly string[]) =>
    runClient(
      [...words, "--json", "--timeout", `${TIMEOUTS.usual}`, "--dir", config].map((word) =>
        ({
          ADDRESS: server.text,
          OUT: out,
          SMALL: `${folder.path}/small`,
          LARGE: `${folder.path}/large`,
        })[word] ??
          word
      ),
      { clock: withoutPauses(TIMEOUTS.usual) },
    );
  if (target.words[0] !== "login") {
    const { code, stderr } = await run(["login", server.text, "--name", "x"]);
    strictEqual(code, 0, stderr);
  }
  const [method, path] = target.request;
  let played = 0;
  server.becomes((asked) => {
    if (asked.method === method && `${asked.path} `.includes(path)) {
      played++;
      return trick.answering(asked);
    }
    if (asked.path.startsWith("/v4/files/got?entry")) return json(FILE);
    return asked.path.includes("?list") ? list() : undefined;
  });
  const before = await listing(folder.path);
  const { code, stdout, stderr } = await run(target.words);
  const said = `${stdout}${stderr}`;
  expectPlain(stderr);
  ok(played > 0, `it was not asked: ${server.requests}\n${said}`);
  ok(server.written < MOST_TAKEN, `${server.written} bytes were taken`);
  const { servers: [status] = [], ...line } = JSON.parse(stdout.split("\n").at(0) || "{}");
  const { reason = "works" } = status ?? line;
  const expected = [...trick.ends, ...target.also ?? []];
  ok(expected.includes(reason), `${reason} (${code}): ${said}`);
  ok(reason === "works" ? code === 0 : code >= 1 && code <= 4, `${code}: ${said}`);
  const { config: _, ...after } = await listing(folder.path);
  const { config: __, ...unchanged } = before;
  // What came of contents is gone on with.
  for (const name of Object.keys(after)) if (/^\.?out/.test(name)) delete after[name];
  strictEqual(JSON.stringify(after), JSON.stringify(unchanged));
}

/** What is in a folder, with times: nothing is to be written there. */
async function listing(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const { mtime, size } = await Deno.lstat(`${folder}/${name}`);
    found[name] = isDirectory ? "folder" : `${size} ${mtime?.getTime()}`;
  }
  return found;
}
