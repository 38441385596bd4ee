/** A package for this machine, made, unpacked and run. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { bundleClient } from "../../../release/source/bundle.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { parseReleaseName } from "../../../shared/release/release_files.ts";
import { findTarget } from "../../../shared/release/targets.ts";
import { VERSION } from "../../../shared/version.ts";
import { storedFiles } from "../../end_to_end/fixtures/data_folder.ts";
import { runProgram } from "../../end_to_end/fixtures/program.ts";
import { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { runTool } from "../../end_to_end/fixtures/tool.ts";
import { npmHas } from "../../release/fixtures/npm_has.ts";
import { NO_TERMINAL, Terminal } from "../../terminal/terminal.ts";

const UPLOAD = fileURLToPath(
  import.meta.resolve("../../release/fixtures/offline_upload.ts"),
);

const RUNTIME = findTarget(Deno.build.target)?.npmPackage ?? "";

/** In a network of its own, where this system lets everybody make one; else as it is. */
const ALONE = 'if unshare --map-root-user --net true && [ -x "$(command -v ip)" ]; then ' +
  'exec unshare --map-root-user --net sh -c \'ip link set lo up && exec "$0" "$@"\' "$0" "$@"; ' +
  'else exec "$0" "$@"; fi 2>&1';

/** As a user who may change nothing of what others own, where this process is root. */
const AS_NOBODY = 'if [ "$(id -u)" = 0 ]; then ' +
  'exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0" "$@"; else exec "$0" "$@"; fi';

/** What a Deno of the user's own may be set up with, and must not reach the client. */
const FOREIGN = {
  DENO_DIR: "/none",
  DENO_V8_FLAGS: "--garbage",
  DENO_AUTH_TOKENS: "garbage",
  DENO_AUDIT_PERMISSIONS: "/none/audit",
  DENO_LOG: "debug",
  OTEL_DENO: "garbage",
  NODE_CHANNEL_FD: "9",
};

async function bash(script: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runTool("bash", ["-c", script, ...args]);
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout;
}

/** All files below a folder, with size, owner and time of the last change. */
function listing(folder: string): Promise<string> {
  return bash('cd "$0" && find . -printf "%p %s %u %m %T@\\n" 2>/dev/null | sort', folder);
}

/**
 * Rounds in which both clients are timed in turn, so that what else runs here slows both; there are
 * more while a package takes too long.
 */
const ROUNDS = { least: 12, most: 60 } as const;

/**
 * How much longer the least time of a package may be, which keeps nothing compiled; it is about
 * 1.4.
 */
const MOST = 1.6;

const TIMED = 'TIMEFORMAT="%U %S"; { time "$0" "$@" >/dev/null 2>&1; } 2>&1; true';

/** Makes a package in `output`, and unpacks it there. Returns the path of its folder. */
async function unpackedPackage(output: string): Promise<string> {
  const args = ["--target", Deno.build.target, "--output", output];
  const made = await runProgram("package", args);
  assert.equal(made.code, 0, made.stderr);
  const name = `sealpost-${VERSION}-${Deno.build.target}`;
  const names = (await Array.fromAsync(Deno.readDir(output), (entry) => entry.name)).sort();
  assert.deepEqual(names, ["SHA256SUMS", `${name}.tar.gz`]);
  assert.equal(parseReleaseName(`${name}.tar.gz`)?.kind, "package");
  assert(made.stdout.includes(join(output, `${name}.tar.gz`)));
  await bash(
    'cd "$0" && tar -xzf *.tar.gz && (sha256sum -c SHA256SUMS || shasum -c SHA256SUMS)',
    output,
  );
  return join(output, name);
}

async function uploads(top: string): Promise<void> {
  const flags = ["run", "--no-prompt", "--allow-net=127.0.0.1", "--allow-read", "--allow-write"];
  const granted = ["--allow-env", "--allow-sys=networkInterfaces,statfs", "--allow-run"];
  const client = join(top, "sealpost");
  const said = await bash(ALONE, Deno.execPath(), ...flags, ...granted, UPLOAD, client);
  assert.match(said, /^uploaded( without a network)?\n$/);
  for (const licence of ["LICENSE", "lib/licences/deno.txt"]) {
    const text = await Deno.readTextFile(join(top, licence));
    assert.match(text, /MIT License[\s\S]*Copyright/, licence);
  }
}

/** Several at once, on terminals, of a user who may not write to the package. */
async function printsOnlyItsOwn(top: string): Promise<void> {
  await using homes = await temporaryFolder();
  await using data = await temporaryFolder();
  await using server = await RunningServer.start(data.path);
  const before = await listing(top);
  await Deno.chmod(homes.path, 0o755);
  const client = join(top, "sealpost");
  await Promise.all([0, 1, 2, 3].map(async (at) => {
    const home = join(homes.path, `home ${at}`);
    await Deno.mkdir(home);
    await Deno.writeTextFile(join(home, "file.txt"), `file ${at}\n`);
    // Deno ends at such a file.
    await Deno.writeTextFile(join(home, ".npmrc"), "registry=not an address\n");
    await bash('[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$0"', home);
    const run = async (...args: readonly string[]) => {
      await using terminal = await Terminal.start(
        ["bash", "-c", AS_NOBODY, client, ...args],
        { cwd: home, env: { ...FOREIGN, HOME: home, NO_COLOR: "1" }, columns: 200 },
      );
      return await terminal.ended();
    };
    const version = await run("--version");
    assert.equal(version.code, 0, version.screen);
    assert.match(version.screen, /^sealpost \d[^\r\n]*\)\r\n$/);
    const mistaken = await run("none.txt", "--server", server.address, "--name", `N ${at}`);
    assert.equal(mistaken.code, 2);
    assert.match(mistaken.screen, /^error: [^\r\n]*"none\.txt"[^\r\n]*\r\n$/);
    const help = await run("--help");
    assert.match(help.screen, /^Usage: sealpost /);
    const sent = await run("file.txt", "--server", server.address, "--name", `N ${at}`, "--dir=.");
    assert.equal(sent.code, 0, sent.screen);
    // deno-lint-ignore no-control-regex -- what clears the line of a progress bar
    const lines = sent.screen.replaceAll(/\x1b\[\d*[A-Z]/g, "").replaceAll(/[^\n]*\r(?!\n)/g, "");
    assert.match(lines, /^"file\.txt" sent to \S+: [^\r\n]* verified\r\n$/);
    const namesIn = async (folder: string) =>
      (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
    const [own, others] = [[".config", "me.info", "priv.key", "servers"], [".npmrc", "file.txt"]];
    const names = await namesIn(home);
    assert.deepEqual(names.filter((name) => !own.includes(name)), others);
    // The user's folder, which an installed client remembers the last server in.
    if (names.includes(".config")) {
      assert.deepEqual(await namesIn(join(home, ".config")), ["sealpost"]);
    }
  }));
  assert.equal((await storedFiles(data.path)).length, 4);
  assert.equal(await listing(top), before);
}

/** Beside the client in one file, of which Deno has in its cache what it prepares. */
async function startsQuickly(top: string): Promise<void> {
  await using folder = await temporaryFolder();
  const { path } = await bundleClient(folder.path, "commit 1234");
  const flags = ["--no-config", "--no-lock", "--no-npm", "--cached-only", "-N", "-R", "-W", "-E"];
  const cached = ["run", ...flags, path];
  const warm = join(folder.path, "warm");
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "x");
  const env = { DENO_DIR: warm, DENO_NO_UPDATE_CHECK: "1" };
  // No server listens there: it ends when it would begin to send.
  const send = [file, "--server", "127.0.0.1:9", "--name", "N", "--retries", "0"];
  const timed = async (command: readonly string[]) => {
    const { stdout } = await runTool("bash", ["-c", TIMED, ...command], { cwd: folder.path, env });
    const [user = NaN, system = NaN] = stdout.trim().split(" ").map(Number);
    return 1000 * (user + system);
  };
  await timed([Deno.execPath(), ...cached, ...send]);
  let [withCache, packaged] = [Infinity, Infinity];
  const isDue = (round: number) =>
    round < ROUNDS.least || packaged >= withCache * MOST && round < ROUNDS.most;
  for (let round = 0; isDue(round); round += 1) {
    withCache = Math.min(withCache, await timed([Deno.execPath(), ...cached, ...send]));
    packaged = Math.min(packaged, await timed([join(top, "sealpost"), ...send]));
  }
  assert(packaged < withCache * MOST, `${packaged} ms, and ${withCache} ms with a cache`);
}

Deno.test({
  name: "A package runs by itself, prints what is its own, starts quickly, and leaves nothing",
  // A POSIX shell runs its launcher, and its Deno comes from npm.
  ignore: Deno.build.os === "windows" || !await npmHas(RUNTIME, Deno.version.deno),
  async fn(t) {
    await using folder = await temporaryFolder();
    await Deno.chmod(folder.path, 0o755);
    const top = await unpackedPackage(join(folder.path, "a new folder"));
    await t.step("It does all with an empty environment, without a network or a Deno", () => {
      return uploads(top);
    });
    await t.step({
      name: `On a terminal it prints nothing of the runtime, and leaves nothing${NO_TERMINAL}`,
      ignore: NO_TERMINAL !== "",
      fn: () => printsOnlyItsOwn(top),
    });
    await t.step("It begins to send as early as with a cache", () => startsQuickly(top));
  },
});
