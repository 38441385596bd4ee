/** `docs/threat-model.md` names every attack that is played, with its outcome, and no other. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { KINDS } from "../fairness/kinds.ts";
import { ATTACKS_ON_CLIENT, ATTACKS_ON_SERVER } from "./attacks.ts";

const PAGE = new URL("../../docs/threat-model.md", import.meta.url);

/** The attacks in a section of the page, with their outcomes. */
async function named(section: string): Promise<Readonly<Record<string, string>>> {
  const page = await Deno.readTextFile(PAGE);
  const [, rest = ""] = page.split(`\n### ${section}\n`);
  const [text = ""] = rest.split(/\n##/);
  const rows = [...text.matchAll(/^\| `([a-z-]+)` .*\| `([a-z.-]+)` *\|$/gm)];
  ok(rows.length > 0, `No attacks are named under "${section}"`);
  const names = rows.map(([, name = ""]) => name);
  deepStrictEqual(names.filter((name, at) => names.indexOf(name) !== at), []);
  return Object.fromEntries(rows.map(([, name = "", outcome = ""]) => [name, outcome]));
}

function outcomes(
  attacks: Readonly<Record<string, { readonly outcome: string | readonly string[] }>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(attacks).map(([name, { outcome }]) => [name, [outcome].flat()[0] ?? ""]),
  );
}

Deno.test("every attack on the server in the threat model is played", async () => {
  deepStrictEqual(await named("On the server"), outcomes(ATTACKS_ON_SERVER));
});

Deno.test("every attack on the client in the threat model is played", async () => {
  deepStrictEqual(await named("On the client"), outcomes(ATTACKS_ON_CLIENT));
});

Deno.test("each attack with a figure has a test, and each measured kind a figure", async () => {
  const page = await Deno.readTextFile(PAGE);
  const [, rest = ""] = page.split("\n## What bounds each attack, and how far\n");
  const [text = ""] = rest.split("\n## ");
  const rows = text.split("\n").filter((line) => line.startsWith("| ")).slice(2);
  const namesIn = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  const kinds = new Set<string>();
  for (const row of rows) {
    const [, attack, bound, figure, test] = row.split("|").map((cell) => cell.trim());
    ok(bound && figure, row);
    const tests = namesIn(test);
    ok(tests.length > 0, row);
    for (const name of tests) {
      if (name.endsWith(".ts")) await Deno.stat(new URL(`../../${name}`, import.meta.url));
      else ok(Object.hasOwn(ATTACKS_ON_SERVER, name), `${name}: ${row}`);
    }
    for (const name of namesIn(attack)) kinds.add(name);
  }
  deepStrictEqual(Object.keys(KINDS).filter((kind) => !kinds.has(kind)), []);
});
