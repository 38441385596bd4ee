/** Completion in the shells themselves: what they list, and what they make of a line. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { NO_TERMINAL, Terminal } from "../../terminal/terminal.ts";
import { installedClient } from "../../end_to_end/fixtures/installed_client.ts";
import { runClient } from "../../end_to_end/fixtures/program.ts";
import { isInstalled, runTool } from "../../end_to_end/fixtures/tool.ts";

const bash = await isInstalled("bash");
const zsh = await isInstalled("zsh");
const fish = await isInstalled("fish");
const noBash = bash ? NO_TERMINAL : " (ignored: no bash)";
const noZsh = zsh ? NO_TERMINAL : " (ignored: no zsh)";

/** A folder with the client in `bin`, its script for a shell, and files to complete. */
async function prepared(
  folder: string,
  shell: "bash" | "zsh" | "fish",
  script: string,
): Promise<Env> {
  for (const name of ["bin", "functions", "work", "work/hotels"]) {
    await Deno.mkdir(join(folder, name));
  }
  for (const name of ["holiday.mov", "a b.txt"]) {
    await Deno.writeTextFile(join(folder, "work", name), "");
  }
  await installedClient(join(folder, "bin"));
  const { code, stdout, stderr } = await runClient(["completions", shell]);
  assert.equal(code, 0, stderr);
  await Deno.writeTextFile(join(folder, script), stdout);
  return { PATH: `${folder}/bin:${Deno.env.get("PATH")}`, HOME: folder, ZDOTDIR: folder };
}

type Env = Readonly<Record<string, string>>;

/** What is typed in bash, and what the line, or what is below it, has only then. */
const IN_BASH: readonly (readonly [keys: string, shown: RegExp])[] = [
  ["sealpost pro\t", /sealpost probe /],
  ["sealpost --pac\t\t\t", /--packet-delay +--packet-size/],
  ["sealpost --retri\t", /--retries /],
  ["sealpost --revision 2024\t\t\t", /2024a +2024c/],
  ["sealpost --revision=2022\t", /--revision=2022c /],
  ["sealpost send holi\t", /send holiday\.mov /],
  ["sealpost send a\t", /send a\\ b\.txt /],
  ['sealpost send "a\t', /send "a b\.txt" /],
  ["sealpost --dir hot\t", /--dir hotels\//],
  ["sealpost --dir=hot\t", /--dir=hotels\//],
  ["sealpost --quiet -- holi\t", /-- holiday\.mov /],
  ["sealpost completions po\t", /completions powershell /],
];

Deno.test({
  name: `bash lists and completes commands, flags, values and files${noBash}`,
  ignore: noBash !== "",
  async fn() {
    await using folder = await temporaryFolder();
    const env = await prepared(folder.path, "bash", "sealpost.bash");
    await Deno.writeTextFile(
      join(folder.path, ".bashrc"),
      "PS1='READY> '\nbind 'set enable-bracketed-paste off'\nsource \"$HOME/sealpost.bash\"\n",
    );
    const cwd = join(folder.path, "work");
    const command = ["bash", "--rcfile", join(folder.path, ".bashrc"), "-i"] as const;
    await using terminal = await Terminal.start([...command], { env, cwd });
    await terminal.shows(/READY> /);
    for (const [keys, shown] of IN_BASH) {
      // Ctrl-U takes away the line before.
      await terminal.type(`\x15${keys}`);
      await terminal.shows(shown);
    }
    assert.doesNotMatch(terminal.screen, /not found|bad substitution|syntax error/);
  },
});

/** What is typed in zsh, one after the other, and what the screen has only then. */
const IN_ZSH: readonly (readonly [keys: string, shown: RegExp])[] = [
  ["sealpost pro\t", /probe/],
  ["sealpost \t", /completions +-- Print a script[^]*doctor +-- Examine what[^]*holiday\.mov/],
  ["sealpost --pac\t\t", /--packet-delay +-- How long[^]*--packet-size +-- Bytes of/],
  ["sealpost --revision 2024\t", /2024a +2024c/],
  ["sealpost send holi\t", /send holiday\.mov/],
  ["sealpost send a\t", /a\\ b\.txt/],
  ["sealpost --dir ho\t", /--dir hotels/],
  ["sealpost --dir=ho\t", /--dir=hotels/],
  ["sealpost completions f\t", /completions fish/],
];

/**
 * A shell that reads nothing of the system's, and takes what it shows for one screen after the
 * other.
 */
const ZSHRC = `
fpath=("$ZDOTDIR/functions" $fpath)
autoload -Uz compinit; compinit -u -D
PS1='READY> '
`;

Deno.test({
  name: `zsh lists and completes commands, flags, values and files${noZsh}`,
  ignore: noZsh !== "",
  async fn() {
    await using folder = await temporaryFolder();
    const env = await prepared(folder.path, "zsh", "functions/_sealpost");
    await Deno.writeTextFile(join(folder.path, ".zshrc"), ZSHRC);
    const cwd = join(folder.path, "work");
    await using terminal = await Terminal.start(["zsh", "--no-globalrcs", "-i"], { env, cwd });
    await terminal.shows(/READY> /);
    for (const [keys, shown] of IN_ZSH) {
      // Ctrl-U takes away the line before.
      await terminal.type(`\x15${keys}`);
      await terminal.shows(shown);
    }
    assert.doesNotMatch(terminal.screen, /not found/);
  },
});

Deno.test({
  name: `zsh completes with a script that it is told to read${noZsh}`,
  ignore: noZsh !== "",
  async fn() {
    await using folder = await temporaryFolder();
    const env = await prepared(folder.path, "zsh", "sealpost.zsh");
    await Deno.writeTextFile(
      join(folder.path, ".zshrc"),
      `${ZSHRC}\nsource "$ZDOTDIR/sealpost.zsh"\n`,
    );
    await using terminal = await Terminal.start(["zsh", "--no-globalrcs", "-i"], { env });
    await terminal.shows(/READY> /);
    await terminal.type("sealpost docto\t");
    await terminal.shows(/doctor/);
  },
});

/** Lines in fish, and what it offers for each, with a tab before what it is. */
const IN_FISH: Readonly<Record<string, readonly string[]>> = {
  "sealpost pro": ["probe\tFind out what a server speaks, without registering"],
  "sealpost --retri": [
    "--retries\tHow often a request is sent again after an error, " +
    "and a file after a wrong checksum",
  ],
  "sealpost --revision 2024": ["2024a", "2024c"],
  "sealpost --revision=2024": ["--revision=2024a", "--revision=2024c"],
  "sealpost send ho": ["holiday.mov", "hotels/"],
  'sealpost send "a ': ["a b.txt"],
  "sealpost --dir ho": ["hotels/"],
  "sealpost --dir=ho": ["--dir=hotels/"],
  "sealpost completions f": ["fish"],
  "sealpost help do": ["doctor\tExamine what usually goes wrong, and say what to do"],
};

Deno.test({
  name: `fish offers commands, flags, values and files, with descriptions of a line${
    fish ? "" : " (ignored: no fish)"
  }`,
  ignore: !fish,
  async fn() {
    await using folder = await temporaryFolder();
    const env = await prepared(folder.path, "fish", "sealpost.fish");
    const read = "source $argv[1]; for line in $argv[2..]; complete -C $line; echo; end";
    const args = ["--no-config", "-c", read, join(folder.path, "sealpost.fish")];
    const { stdout, stderr } = await runTool("fish", [...args, ...Object.keys(IN_FISH)], {
      cwd: join(folder.path, "work"),
      env,
    });
    assert.equal(stderr, "");
    const offered = stdout.split("\n\n").slice(0, -1).map((lines) => lines.split("\n"));
    assert.deepEqual(offered, Object.values(IN_FISH));
    // All that a description has is one sentence: no quotes, no variable, no default.
    const all = await runTool("fish", [...args, "sealpost ", "sealpost --"], {
      cwd: join(folder.path, "work"),
      env,
    });
    assert.doesNotMatch(all.stdout, /\t"|`|SEALPOST_|default/);
  },
});
