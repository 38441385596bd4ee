/** What only `settings/` does, and what it does not know. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { COMMANDS } from "../../client/settings/commands.ts";
import { serverCommand } from "../../server/settings/server_settings.ts";
import { hasFlag, settingsIn, variableOf } from "../../shared/settings/setting.ts";
import { ROOT } from "./documents.ts";

/** The sources of both programs without their tests, by path. */
const SOURCES: ReadonlyMap<string, string> = new Map(
  (await Promise.all(["client", "server", "shared"].map(sourcesIn))).flat(),
);

async function sourcesIn(folder: string): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${ROOT}${folder}`)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await sourcesIn(path));
    else if (/\.tsx?$/.test(name) && !/_test\.tsx?$/.test(name)) {
      found.push([path, await Deno.readTextFile(`${ROOT}${path}`)]);
    }
  }
  return found;
}

/** The paths of sources that `isWrong` says something of. */
function wrong(isWrong: (source: string, path: string) => boolean): readonly string[] {
  return [...SOURCES].filter(([path, source]) => isWrong(source, path)).map(([path]) => path);
}

const isOfSettings = (path: string) => /^\w+\/settings\//.test(path);

Deno.test("Only settings/ names the variables of settings", () => {
  const commands = [serverCommand("."), ...Object.values(COMMANDS).map(({ settings }) => settings)];
  const variables = commands.flatMap(settingsIn).map(([, setting]) => setting).filter(hasFlag)
    .map(({ flag }) => variableOf(flag));
  ok(variables.length > 50);
  const named = new RegExp(`["'\`](?:${variables.join("|")})["'\`]`);
  deepStrictEqual(wrong((source, path) => !isOfSettings(path) && named.test(source)), []);
});

Deno.test("settings/ imports from no protocol", () => {
  const imports = /from "[^"]*protocol\d/;
  deepStrictEqual(wrong((source, path) => isOfSettings(path) && imports.test(source)), []);
});
