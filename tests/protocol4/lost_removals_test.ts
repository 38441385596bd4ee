import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { jsonOf, run } from "./fixtures/client_commands.ts";
import { type Piece, pinnedApplication } from "./fixtures/pinned_application.ts";

/** A token or a computer of a list. */
interface Listed {
  readonly current: boolean;
}

/** Drops the answer to the first request for a removal, with its connection. */
function dropping() {
  let state: "before" | "asked" | "dropped" = "before";
  const onPiece = ({ direction, bytes }: Piece): number | undefined => {
    const isRemoval = direction === "toServer" &&
      new TextDecoder().decode(bytes.subarray(0, 7)) === "DELETE ";
    if (state === "before" && isRemoval) state = "asked";
    if (state !== "asked" || direction !== "toClient") return undefined;
    state = "dropped";
    return 0;
  };
  return { onPiece, hasDropped: () => state === "dropped" };
}

Deno.test("a removal whose answer was lost is no failure", async () => {
  for (const what of ["token", "own token", "device", "own device", "file"] as const) {
    const { onPiece, hasDropped } = dropping();
    await using served = await pinnedApplication({ onPiece });
    await using home = await temporaryFolder();
    await using other = await temporaryFolder();
    await run(home.path, ["login", served.text(), "--name", "maya"]);
    const words = [];
    if (what === "token") {
      const { id } = await jsonOf(home.path, ["token"]);
      words.push("token", "--revoke", id);
    } else if (what === "own token") {
      const { tokens } = await jsonOf(home.path, ["token", "--list"]);
      words.push("token", "--revoke", tokens.find(({ current }: Listed) => current).id);
    } else if (what === "file") {
      await run(home.path, ["send", "-", "--as", "a"], { stdin: "a" });
      words.push("rm", "a");
    } else {
      const { address } = await jsonOf(home.path, ["devices", "add"]);
      await run(other.path, ["login", address]);
      const { devices } = await jsonOf(home.path, ["devices"]);
      const isOwn = what === "own device";
      words.push("devices", "remove");
      words.push(devices.find(({ current }: Listed) => current === isOwn).id);
    }
    const removed = await run(home.path, words);
    deepStrictEqual([removed.code, hasDropped()], [0, true], `${what}: ${removed.said}`);
    // What was never there is refused as before.
    const again = await run(home.path, words);
    strictEqual(again.code !== 0, true, again.said);
  }
});
