import { strictEqual } from "node:assert/strict";
import { assertBelow } from "../../chance/assert_below.ts";

const script = new URL("page_faults.ts", import.meta.url);

/** How many pages of memory the system had to give to the script. */
async function pageFaults(...args: readonly string[]): Promise<number> {
  // Minor faults of the children that a process has waited for: the eleventh field (man 5 proc).
  const shell = '"$0" "$@" && read -r stat < /proc/$$/stat && echo "$stat"';
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", shell, Deno.execPath(), "run", "--no-prompt", script.href, ...args],
  }).output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  const [, fields = ""] = new TextDecoder().decode(stdout).split(") ");
  return Number(fields.split(" ")[8]);
}

Deno.test({
  name:
    "Released memory that is kept saves most of the pages that several ciphers would take again",
  ignore: !Deno.build.target.endsWith("-linux-gnu"),
  async fn() {
    await assertBelow(1 / 2, async () => {
      const started = await pageFaults("none");
      const kept = await pageFaults("keep") - started;
      const given = await pageFaults("give") - started;
      return kept / given;
    }, { tries: 4, unit: "of the page faults without it" });
  },
});
