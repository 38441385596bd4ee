import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../tests/peers/temporary_folder.ts";
import { TARGETS } from "../../shared/release/targets.ts";
import { clientPermissions, clientV8Flags } from "../source/client_permissions.ts";
import { DENO_ENV, DENO_ENV_TEXT, type Launcher, launcherFor } from "./launcher.ts";
import { writeProgram } from "../../tests/end_to_end/fixtures/write_program.ts";

function launcher(os: "linux" | "darwin" | "windows"): Launcher {
  const target = TARGETS.find((one) => one.os === os);
  assert(target !== undefined);
  return launcherFor(target);
}

/** A replacement for Deno: prints its arguments and variables, one per line, and exits with 7. */
const STAND_IN = `#!/bin/sh
echo "pid $$"
echo "home $HOME"
echo "cache $DENO_DIR"
echo "user $SEALPOST_USER_HOME"
echo "others \${DENO_V8_FLAGS-}\${DENO_COVERAGE_DIR-}\${NODE_CHANNEL_FD-}"
echo "updates $DENO_NO_UPDATE_CHECK"
for argument; do printf '[%s]\\n' "$argument"; done
exit 7
`;

/** A package with the launcher of this system, in a folder whose name has to be quoted. */
async function unpacked(folder: string): Promise<string> {
  const top = join(folder, 'it\'s a $HOME; "folder"');
  await Deno.mkdir(join(top, "lib"), { recursive: true });
  await writeProgram(join(top, "sealpost"), launcher("linux").text);
  await writeProgram(join(top, "lib", "deno"), STAND_IN);
  return top;
}

/** Starts a program by its path, as the shell of a user without any variable would. */
async function started(
  path: string,
  args: readonly string[],
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } =
    {},
) {
  const child = new Deno.Command("bash", {
    args: ["-c", 'exec "$0" "$@"', path, ...args],
    ...(cwd !== undefined && { cwd }),
    clearEnv: true,
    env,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const { code, stdout, stderr } = await child.output();
  const [pid, home, cache, user, others, updates, ...words] = new TextDecoder().decode(stdout)
    .trimEnd().split("\n");
  assert.equal(new TextDecoder().decode(stderr), "");
  return { code, own: pid === `pid ${child.pid}`, home, cache, user, others, updates, words };
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
    // Files that the permission for variables, read as a glob pattern, would match.
    for (const flag of clientPermissions().filter((flag) => flag.includes("*"))) {
      await Deno.writeTextFile(join(folder.path, flag.replaceAll("*", "OTHER")), "");
    }
    const { code, own, home, cache, user, updates, words } = await started(
      join(top, "sealpost"),
      ODD,
      { cwd: folder.path },
    );
    assert.equal(code, 7);
    // The process that was started is Deno by then: what is sent to it reaches Deno.
    assert(own);
    assert.equal(home, `home ${top}/lib`);
    assert.equal(cache, `cache ${top}/lib/client/main.js`);
    assert.equal(user, "user ");
    assert.equal(updates, "updates 1");
    assert.deepEqual(words.slice(-ODD.length - 1), [
      `[${top}/lib/client/main.js]`,
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
      const { code, cache } = await started(path, [], { cwd });
      assert.equal(code, 7, path);
      assert.equal(cache, `cache ${top}/lib/client/main.js`, path);
    }
    const named = new Deno.Command("bash", {
      args: ["-c", "exec sh sealpost"],
      cwd: top,
      clearEnv: true,
    });
    assert.match(new TextDecoder().decode((await named.output()).stdout), /lib\/client\/main\.js/);
  },
});

Deno.test({
  name: "The POSIX launcher passes the user's home on, and nothing that was set for another Deno",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await temporaryFolder();
    const top = await unpacked(await Deno.realPath(folder.path));
    const env = {
      HOME: "/home/some one",
      DENO_DIR: "/other",
      DENO_V8_FLAGS: "--x",
      DENO_COVERAGE_DIR: "/c",
      NODE_CHANNEL_FD: "3",
    };
    const { home, cache, user, others } = await started(join(top, "sealpost"), [], { env });
    assert.equal(home, `home ${top}/lib`);
    assert.equal(cache, `cache ${top}/lib/client/main.js`);
    assert.equal(user, "user /home/some one");
    assert.equal(others, "others ");
  },
});

Deno.test("The Windows launcher quotes its paths and passes all arguments", () => {
  const { name, text } = launcher("windows");
  assert.equal(name, "sealpost.cmd");
  // cmd.exe misreads labels and long lines when lines end with a line feed alone.
  assert(text.endsWith("\r\n") && !/[^\r]\n/.test(text));
  const lines = text.split("\r\n");
  const run = lines.at(-2) ?? "";
  // The goto ends the batch file before Deno runs: there is no batch job to ask about at Ctrl-C.
  assert.equal(
    run,
    'goto :none 2>nul || title %COMSPEC% & "%~dp0lib\\deno.exe" run --no-config --no-lock ' +
      "--no-npm --no-remote --cached-only --no-code-cache --unstable-lazy-dynamic-imports " +
      `${clientV8Flags().join(" ")} ${
        clientPermissions().join(" ")
      } "--env-file=%~dp0lib\\deno.env" ` +
      '"%~dp0lib\\client\\main.js" %*',
  );
  assert(!/^ *(:none|setlocal|call)/im.test(text));
  // cmd.exe limits lines to 8191 characters, including arguments.
  assert(run.length < 2000);
});

Deno.test({
  name: "The launcher says so when the current folder was deleted",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using folder = await temporaryFolder();
    const path = join(await unpacked(folder.path), "sealpost");
    const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" file';
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", script, path],
      cwd: folder.path,
    }).output();
    const text = new TextDecoder();
    assert.equal(code, 2);
    assert.equal(text.decode(stdout), "");
    // A shell may say it too, before it reads the launcher.
    const lines = text.decode(stderr).split("\n").filter((line) => !line.includes("getcwd"));
    assert.deepEqual(lines, [
      "error: The folder that you are in was deleted; go to another one",
      "",
    ]);
  },
});

Deno.test("Linux and macOS have the same launcher", () => {
  assert.deepEqual(launcher("linux"), launcher("darwin"));
  assert.equal(launcher("linux").name, "sealpost");
});

Deno.test("Deno on Windows reads its variables before it opens a cache", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, DENO_ENV);
  await Deno.writeTextFile(file, DENO_ENV_TEXT.replace("C:\\<none>", join(folder.path, "cache")));
  await Deno.writeTextFile(join(folder.path, "a.ts"), "console.log(Deno.env.get('DENO_LOG'));");
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "-E", `--env-file=${file}`, join(folder.path, "a.ts")],
    clearEnv: true,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.match(new TextDecoder().decode(stdout), /^error,deno::cache::cache_db=off\r?\n$/);
  assert((await Deno.stat(join(folder.path, "cache"))).isDirectory);
});
