/** Commands of the README and of docs/client.md, as a newcomer types them. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { Lines } from "../../end_to_end/fixtures/lines.ts";
import { ROOT } from "../../end_to_end/fixtures/program.ts";

/** What a fresh clone has of what the two programs need. */
const CLONED = ["deno.json", "deno.lock", "import_map.json", "client", "server", "shared"] as const;

/** Files in `photos/` of the README: its `get` says how many. */
const PHOTOS = 52;

/** A command of a page, and the lines that are shown as what it prints. */
interface Shown {
  readonly command: string;
  readonly prints: readonly string[];
}

/** The commands behind `$` in a text. */
function shownIn(text: string): readonly Shown[] {
  const blocks = [...text.matchAll(/```text\n([^]*?)```/g)].map(([, text = ""]) => text);
  return blocks.flatMap((block) =>
    block.split(/^\$ /m).slice(1).map((each) => {
      const [command = "", ...prints] = each.trimEnd().split("\n");
      return { command, prints };
    })
  );
}

/** Those of the README before the first heading of the second level. */
async function firstScreen(): Promise<readonly Shown[]> {
  const [screen = ""] = (await Deno.readTextFile(join(ROOT, "README.md"))).split("\n## ");
  return shownIn(screen);
}

/** What docs/client.md shows of a server that the client knows. */
async function probes(): Promise<readonly Shown[]> {
  return shownIn(await Deno.readTextFile(join(ROOT, "docs", "client.md")))
    .filter(({ command }) => command.startsWith("deno task client probe "));
}

/** What a line may be where the page shows this one: sizes, times, keys and ports differ. */
function like(line: string): RegExp {
  const pattern = line.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&")
    .replace(/127\\\.0\\\.0\\\.1:1256/g, "127\\.0\\.0\\.1:\\d+")
    .replace(/#A[\w-]{43}/g, "#A[\\w-]{43}")
    .replace(/SHA256:[^)]+\\\)/, "SHA256:[\\w+/]{43}\\)")
    .replace(/SHA256:\S{43,}$/, "SHA256:[\\w+/]{43}")
    .replace(/"\\\/home\\\/maya\S+"/, '"\\S+"')
    .replace(/: \S+ MiB in \S+ s,/, ": \\S+ \\S+ in [\\d. a-z]+,");
  return new RegExp(`^${pattern}$`);
}

async function copied(from: string, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copied(join(from, name), join(to, name));
}

Deno.test("Commands of the README and of docs/client.md do what they show", async () => {
  await using folder = await temporaryFolder();
  const clone = join(folder.path, "sealpost");
  // Nothing is kept in the folder of who runs the tests.
  const home = join(folder.path, "home");
  for (const path of [clone, home, join(clone, "photos")]) await Deno.mkdir(path);
  for (const name of CLONED) await copied(join(ROOT, name), join(clone, name));
  await Deno.writeFile(join(clone, "report.pdf"), new Uint8Array(300_000));
  for (let n = 0; n < PHOTOS; n++) {
    await Deno.writeFile(join(clone, "photos", `${n}.jpg`), new Uint8Array(50_000 + n));
  }
  // As it is installed, and as the page says that it can be called until then.
  // A task keeps the folder that a task around it was called in, such as that of these tests.
  const words = 'unset INIT_CWD; deno() { "$0" "$@"; }; sealpost() { deno task client "$@"; }; ';
  const start = (command: string) =>
    new Deno.Command("bash", {
      args: ["-c", words + command, Deno.execPath()],
      cwd: clone,
      env: { SEALPOST_DIR: home, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  const [serving, ...others] = await firstScreen();
  match(serving?.command ?? "", /^deno task server /);
  ok(others.length >= 4, "the first screen has few commands");
  // `exec`, so that the signal at the end is for the task and no shell.
  const command = serving?.command.replace("--port 1256", "--port 0")
    .replace("deno task", 'exec "$0" task') ?? "";
  const server = start(command);
  const [stdout, stderr] = [new Lines(server.stdout), new Lines(server.stderr)];
  try {
    const listening = await stdout.find(/^listening on /);
    const address = await stdout.find(/^sealpost:/);
    [listening, address].forEach((line, at) => match(line, like(serving?.prints[at] ?? "")));
    const ofClient = await probes();
    strictEqual(ofClient.length, 1, "docs/client.md shows one probe");
    for (const { command, prints } of [...others, ...ofClient]) {
      const typed = command.replace(/sealpost:\/\/\S+/, address)
        .replace("127.0.0.1:1256", listening.replace("listening on ", ""));
      const { code, stdout, stderr } = await start(typed).output();
      const [said, told] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      strictEqual(code, 0, `${typed}: ${said}${told}`);
      const lines = said?.trimEnd().split("\n") ?? [];
      strictEqual(lines.length, prints.length, `${typed}: ${said}`);
      prints.forEach((line, at) => match(lines[at] ?? "", like(line), typed));
    }
  } finally {
    server.kill("SIGTERM");
    await Promise.all([server.status, stdout.done, stderr.done]);
  }
  const names = async (path: string) =>
    (await Array.fromAsync(Deno.readDir(join(clone, path)), ({ name }) => name)).sort();
  deepStrictEqual(await names("copy/photos"), await names("photos"));
});
