import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { TARGETS } from "../../shared/release/targets.ts";
import { clientPermissions } from "../source/client_permissions.ts";
import { type Launcher, launcherFor } from "./launcher.ts";

function launcher(os: "linux" | "darwin" | "windows"): Launcher {
  const target = TARGETS.find((one) => one.os === os);
  assert(target !== undefined);
  return launcherFor(target);
}

/** Stands in for Deno: says with what it was started, one thing a line, and ends with 7. */
const STAND_IN = `#!/bin/sh
echo "pid $$"
echo "home $HOME"
echo "cache $DENO_DIR"
echo "updates $DENO_NO_UPDATE_CHECK"
for argument; do printf '[%s]\\n' "$argument"; done
exit 7
`;

/** A package with the launcher of this system, in a folder whose name is not easy. */
async function unpacked(folder: string): Promise<string> {
  const top = join(folder, 'it\'s a $HOME; "folder"');
  await Deno.mkdir(join(top, "lib"), { recursive: true });
  await Deno.writeTextFile(join(top, "sealpost"), launcher("linux").text, { mode: 0o755 });
  await Deno.writeTextFile(join(top, "lib", "deno"), STAND_IN, { mode: 0o755 });
  return top;
}

/** Starts a program by its path, as the shell of a user without any variable would. */
async function started(path: string, args: readonly string[], cwd?: string) {
  const child = new Deno.Command("bash", {
    args: ["-c", 'exec "$0" "$@"', path, ...args],
    ...(cwd !== undefined && { cwd }),
    clearEnv: true,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  const [pid, home, cache, updates, ...words] = new TextDecoder().decode(stdout).trim().split("\n");
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, own: pid === `pid ${child.pid}`, home, cache, updates, words };
}

const ODD = [
  "plain",
  "with blanks",
  'a "quoted" one',
  "it's",
  "",
  "$HOME `id` \\",
  "-x",
  "*",
  "--",
];

Deno.test({
  name: "The POSIX launcher passes arguments as they are, exit codes and signals, and no cache",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const top = await unpacked(await Deno.realPath(folder.path));
    // Files that the permission for variables, taken for a pattern, would stand for.
    for (const flag of clientPermissions().filter((flag) => flag.includes("*"))) {
      await Deno.writeTextFile(join(folder.path, flag.replaceAll("*", "OTHER")), "");
    }
    const { code, own, home, cache, updates, words } = await started(
      join(top, "sealpost"),
      ODD,
      folder.path,
    );
    assert.equal(code, 7);
    // The process that was started is Deno by then: what is sent to it reaches Deno.
    assert(own);
    assert.equal(home, `home ${top}/lib`);
    assert.equal(cache, `cache ${top}/lib/sealpost.js`);
    assert.equal(updates, "updates 1");
    assert.deepEqual(words.slice(-ODD.length - 1), [
      `[${top}/lib/sealpost.js]`,
      ...ODD.map((word) => `[${word}]`),
    ]);
    const flags = words.slice(0, -ODD.length - 1).map((word) => word.slice(1, -1));
    assert.equal(flags[0], "run");
    assert.deepEqual(
      flags.filter((flag) => /^(-[A-Z]|--(allow-|no-prompt))/.test(flag)),
      clientPermissions(),
    );
  },
});

Deno.test({
  name: "The POSIX launcher finds its folder through links, from any folder",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const home = await Deno.realPath(folder.path);
    const top = await unpacked(home);
    const bin = join(home, "bin");
    await Deno.mkdir(bin);
    await Deno.symlink(join(top, "sealpost"), join(bin, "absolute"));
    await Deno.symlink(`../${top.slice(home.length + 1)}/sealpost`, join(bin, "relative"));
    await Deno.symlink("relative", join(bin, "twice"));
    await Deno.symlink(bin, join(home, "linked folder"));
    for (
      const [path, cwd] of [
        [join(bin, "absolute"), "/"],
        [join(bin, "relative"), "/"],
        ["./twice", bin],
        ["../bin/twice", top],
        [join(home, "linked folder", "twice"), home],
        ["./sealpost", top],
      ] as const
    ) {
      const { code, cache } = await started(path, [], cwd);
      assert.equal(code, 7, path);
      assert.equal(cache, `cache ${top}/lib/sealpost.js`, path);
    }
    const named = new Deno.Command("bash", {
      args: ["-c", "exec sh sealpost"],
      cwd: top,
      clearEnv: true,
    });
    assert.match(new TextDecoder().decode((await named.output()).stdout), /lib\/sealpost\.js/);
  },
});

Deno.test("The Windows launcher quotes its paths, passes all arguments, and ends with Deno's code", () => {
  const { name, text } = launcher("windows");
  assert.equal(name, "sealpost.cmd");
  // cmd.exe misreads labels and long lines when lines end with a line feed alone.
  assert(text.endsWith("\r\n") && !/[^\r]\n/.test(text));
  const lines = text.split("\r\n");
  const run = lines.find((line) => line.includes("deno.exe"));
  assert.equal(
    run,
    '"%~dp0lib\\deno.exe" run --no-config --no-lock --no-npm --no-remote --cached-only ' +
      `--no-code-cache ${clientPermissions().join(" ")} "%~dp0lib\\sealpost.js" %*`,
  );
  assert.equal(lines.at(-2), "exit /b %ERRORLEVEL%");
  assert(text.includes('set "DENO_DIR=%~dp0lib\\sealpost.js"\r\n'));
  // The longest line that cmd.exe takes has 8191 characters; arguments need room.
  assert(run.length < 2000);
});

Deno.test("Linux and macOS have the same launcher", () => {
  assert.deepEqual(launcher("linux"), launcher("darwin"));
  assert.equal(launcher("linux").name, "sealpost");
});
