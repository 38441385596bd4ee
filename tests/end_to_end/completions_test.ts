/** The completion script in a real shell, and the manual in a real `man`. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { manPage } from "../../client/manual/man_page.ts";
import { installedClient } from "./fixtures/installed_client.ts";
import { isInstalled, runTool } from "./fixtures/tool.ts";
import { runClient } from "./fixtures/in_process.ts";

/** Completes the line in `$1` as Readline would, and prints what it may become. */
const COMPLETE = `
source ./sealpost.bash
complete -p sealpost >&2 || exit 1
for COMP_LINE in "$@"; do
  COMP_POINT=\${#COMP_LINE}
  read -ra COMP_WORDS <<<"$COMP_LINE"
  [[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _sealpost sealpost "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
  echo "\${COMPREPLY[*]}"
done
`;

const bash = await isInstalled("bash");
const man = await isInstalled("man");

Deno.test({
  name: "bash completes commands, flags, values and files" + (bash ? "" : " (ignored: no bash)"),
  ignore: !bash,
  async fn() {
    await using folder = await temporaryFolder();
    await installedClient(folder.path);
    const { code, stdout, stderr } = await runClient(["completions", "bash"]);
    assert.equal(code, 0, stderr);
    await Deno.writeTextFile(join(folder.path, "sealpost.bash"), stdout);
    await Deno.writeTextFile(join(folder.path, "holiday.mov"), "");
    await Deno.mkdir(join(folder.path, "hotels"));
    const lines = {
      "sealpost pro": "probe",
      "sealpost --pac": "--packet-size --packet-delay",
      "sealpost --revision 2024": "2024a 2024c",
      "sealpost send --quiet ho": "holiday.mov hotels/",
      "sealpost completions f": "fish",
    };
    const shown = await runTool("bash", ["-c", COMPLETE, "bash", ...Object.keys(lines)], {
      cwd: folder.path,
      env: { PATH: `${folder.path}:${Deno.env.get("PATH")}` },
    });
    assert.equal(shown.code, 0, shown.stderr);
    const sorted = (text: string) => text.split(" ").sort().join(" ");
    assert.deepEqual(
      shown.stdout.trimEnd().split("\n").map(sorted),
      Object.values(lines).map(sorted),
    );
  },
});

Deno.test({
  name: "man shows the manual without a warning" + (man ? "" : " (ignored: no man)"),
  ignore: !man,
  async fn() {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "sealpost.1");
    await Deno.writeTextFile(path, manPage());
    const { code, stdout, stderr } = await runTool("man", ["--warnings", "-l", path], {
      env: { MANWIDTH: "80", LC_ALL: "C", MANPAGER: "cat", PAGER: "cat" },
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const { stdout: help } = await runClient(["--help"]);
    const words = stdout.replaceAll(/\s+/g, " ");
    for (const [flag] of help.matchAll(/^ {2}--[a-z-]+/gm)) {
      if (!/help|version/.test(flag)) {
        assert.match(stdout, new RegExp(`^ +${flag.trim()}( |$)`, "m"));
      }
    }
    for (
      const part of ["EXIT STATUS", "me.info", "SEALPOST_PACKET_SIZE", "doctor", "4 The server"]
    ) {
      assert(words.includes(part), part);
    }
  },
});
