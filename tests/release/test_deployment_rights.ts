/**
 * The rights that the unit and the container give the server: enough for it, and little for others.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import config from "../../deno.json" with { type: "json" };
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { makeFile } from "../end_to_end/fixtures/client_folder.ts";
import { storedFiles } from "../end_to_end/fixtures/data_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { Lines } from "../end_to_end/fixtures/lines.ts";
import { LIFE_LIMIT, ROOT } from "../end_to_end/fixtures/program.ts";
import { ON_LOOPBACK } from "../end_to_end/fixtures/running_server.ts";
import { runTool } from "../end_to_end/fixtures/tool.ts";

/** How each of them starts the server: the words behind "deno run". */
const STARTS = {
  "packaging/sealpost.service": (text: string) =>
    /^ExecStart=\S+\/deno run ((?:.*\\\n)*.*)$/m.exec(text)?.[1]?.split(/(?:\\|\s)+/),
  "packaging/Containerfile": (text: string) =>
    JSON.parse(`${/^ENTRYPOINT (\[(?:.*\\\n)*.*\])$/m.exec(text)?.[1]?.replaceAll("\\\n", "")}`)
      .slice(2),
} as const satisfies Record<string, (text: string) => readonly string[] | undefined>;

/** What a hostile module tries: each line is refused, or says so. */
const ATTACK = `
  const tries = {
    readHome: () => Deno.readTextFile("/etc/passwd"),
    readTemp: () => Array.fromAsync(Deno.readDir("/tmp")),
    writeSource: () => Deno.open(Deno.args[0] + "/server/main.ts", { write: true }),
    writeTemp: () => Deno.makeTempFile(),
    connect: () => Deno.connect({ hostname: "192.0.2.1", port: 443 }),
    resolve: () => Deno.resolveDns("example.org", "A"),
    fetch: () => fetch("https://192.0.2.1/"),
    start: () => new Deno.Command(Deno.execPath()).output(),
    home: async () => Deno.env.get("HOME"),
    load: async () => Deno.dlopen("libc.so.6", {}),
  };
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      await attempt();
      console.log(name + " succeeded");
    } catch (error) {
      if (error.name !== "NotCapable") console.log(name + ": " + error);
    }
  }
`;

/**
 * The words that start the server in a file, with the folders in it replaced by those of a test.
 */
async function wordsIn(
  file: keyof typeof STARTS,
  { home, data }: { readonly home: string; readonly data: string },
): Promise<readonly string[]> {
  const words: readonly string[] | undefined = STARTS[file](
    await Deno.readTextFile(join(ROOT, file)),
  );
  assert(words !== undefined && words.length > 5, `${file} starts Deno`);
  const folders: readonly (readonly [RegExp, string])[] = [
    [/\/var\/lib\/sealpost\b|(?<=[=,])\/data\b/g, data],
    [/\/var\/lib\/private\/sealpost\b/g, await Deno.realPath(data)],
    [/\/opt\/sealpost\b|(?<=[=,])\/sealpost\b/g, home],
  ];
  return words.map((word) => folders.reduce((text, [old, now]) => text.replace(old, now), word));
}

/** A data folder as each of them has it: a link, where systemd makes the user up. */
async function dataFolder(file: keyof typeof STARTS, parent: string): Promise<string> {
  const data = join(parent, "data");
  if (file === "packaging/Containerfile") {
    await Deno.mkdir(data);
    return data;
  }
  await Deno.mkdir(join(parent, "private"));
  await Deno.symlink(join(parent, "private"), data);
  return data;
}

const ignore = Deno.build.os === "windows";

/** Declares a test of a server that is started as a file of packaging/ does it. */
export function testRightsToServe(file: keyof typeof STARTS): void {
  Deno.test({
    name: `${file} gives the server the rights that it needs to take a file`,
    ignore,
    async fn() {
      await using folder = await temporaryFolder();
      const data = await dataFolder(file, folder.path);
      const words = await wordsIn(file, { home: ROOT.replace(/\/$/, ""), data });
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", ...words, ...ON_LOOPBACK, "--http", "127.0.0.1:0"],
        cwd: ROOT,
        env: { NO_COLOR: "1", SEALPOST_DATA: data },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const hanging = setTimeout(() => child.kill("SIGKILL"), LIFE_LIMIT);
      const [stdout, stderr] = [new Lines(child.stdout), new Lines(child.stderr)];
      const [line = "", page = ""] = await stdout.first(2);
      assert.match(line, /^listening on /, stderr.text);
      const { path } = await makeFile(folder.path, { name: "a.bin", size: 3_000_000 });
      const args = ["--dir", folder.path, "--server", line.replace("listening on ", ""), path];
      const sent = await runClient([...args, "--name", "Bo"]);
      assert.equal(sent.code, 0, `${sent.stderr}${stderr.text}`);
      const shown = await fetch(page.replace("downloads on ", ""));
      assert.match(await shown.text(), /Sealpost/);
      child.kill("SIGTERM");
      await Promise.all([stdout.done, stderr.done]);
      assert.equal((await child.status).code, 0, stderr.text);
      clearTimeout(hanging);
      assert.equal((await storedFiles(data)).length, 1);
    },
  });
}

/** Declares tests of what the files of packaging/ do not allow. */
export function testRightsOfOthers(): void {
  for (const file of Object.keys(STARTS) as (keyof typeof STARTS)[]) {
    Deno.test({
      name: `${file} gives code of others no way to other files, machines and programs`,
      ignore,
      async fn() {
        await using folder = await temporaryFolder();
        const data = await dataFolder(file, folder.path);
        const home = ROOT.replace(/\/$/, "");
        const flags = (await wordsIn(file, { home, data })).filter((word) => /^-[A-Z]=/.test(word));
        const attack = join(folder.path, "attack.js");
        await Deno.writeTextFile(attack, ATTACK);
        const args = ["run", "--no-prompt", "--no-config", ...flags, attack, home];
        const { code, stdout, stderr } = await runTool(Deno.execPath(), args);
        assert.deepEqual([code, stdout, stderr], [0, "", ""]);
      },
    });

    Deno.test(`${file} gives the server no right that its task does not give`, async () => {
      const task = config.tasks.server.command.replaceAll("'", "").split(" ");
      const words = await wordsIn(file, { home: "/h", data: "." });
      for (const word of words.filter((one) => one.startsWith("-"))) {
        const isWithin = task.includes(word) || task.includes(word.replace(/^(-[NRW])=.*/, "$1"));
        assert(isWithin || word === "--cached-only", word);
      }
    });
  }
}
