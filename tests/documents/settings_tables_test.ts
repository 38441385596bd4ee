/** The documents' tables of flags: each flag, what stands for its value, and its default. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { SEND } from "../../client/settings/send_settings.ts";
import { LIMITS, MAX_FILE_SIZE } from "../../server/settings/limit_settings.ts";
import { serverCommand } from "../../server/settings/server_settings.ts";
import { defaultOf, termOf } from "../../shared/settings/help.ts";
import {
  type Command,
  type FlagSetting,
  hasFlag,
  settingsIn,
} from "../../shared/settings/setting.ts";
import { ROOT } from "../end_to_end/fixtures/program.ts";

/** Flags that a page has, each with its settings, and where it has them. */
const TABLES:
  readonly (readonly [page: string, heading: string, settings: readonly FlagSetting[]])[] = [
    ["client.md", "Sending", flagsOf(SEND)],
    [
      "operations.md",
      "Flags",
      flagsOf(serverCommand(".")).filter((one) => !limits().includes(one)),
    ],
  ];

function flagsOf(command: Command): readonly FlagSetting[] {
  return settingsIn(command).map(([, setting]) => setting).filter(hasFlag);
}

function limits(): readonly FlagSetting[] {
  return [...Object.values(LIMITS), MAX_FILE_SIZE];
}

/** The first two cells of the rows about flags below a heading. */
async function rowsOf(page: string, heading: string) {
  const text = await Deno.readTextFile(`${ROOT}docs/${page}`);
  const [, section = ""] = text.split(new RegExp(`^## ${heading}$`, "m"));
  const [below = ""] = section.split(/^## /m);
  return [...below.matchAll(/^\| (`--.*?`) +\| (.*?) *\|/gm)]
    .map(([, flags = "", usual = ""]) => ({ flags, usual }));
}

for (const [page, heading, settings] of TABLES) {
  Deno.test(`docs/${page} has each flag with its value and its default`, async () => {
    const rows = await rowsOf(page, heading);
    const terms = rows.map(({ flags }) => flags.slice(1, -1));
    deepStrictEqual(terms.toSorted(), settings.map(termOf).sort());
    for (const setting of settings) {
      const row = rows.find(({ flags }) => flags === `\`${termOf(setting)}\``);
      const usual = defaultOf(setting);
      // Without a default there may be words on what happens then.
      if (usual === undefined) ok(!row?.usual.includes("`"), setting.flag);
      else deepStrictEqual(row?.usual, `\`${usual}\``, setting.flag);
    }
  });
}

Deno.test("docs/operations.md has each limit with its flag and its default", async () => {
  const listed = (await rowsOf("operations.md", "Limits")).flatMap(({ flags, usual }) => {
    const texts = usual.split(", ");
    return flags.split(", ").map((flag, at) => ({
      flag: flag.slice(1, -1),
      text: (texts[at] ?? usual).replaceAll(",", "").replace(" min", "m").replaceAll(" ", ""),
    }));
  });
  const settings = limits().filter((setting) => setting.type === "value");
  deepStrictEqual(
    listed.map(({ flag }) => flag).sort(),
    settings.map(({ flag }) => flag as string).sort(),
  );
  for (const { flag, kind, fallback } of settings) {
    const { text = "" } = listed.find((one) => one.flag === flag) ?? {};
    deepStrictEqual(kind.read(text), fallback, flag);
  }
});
