/** What the documents name is there: files, headings, tasks. */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { PROBLEMS } from "../../shared/protocol4/problem.ts";
import { anchorsIn, exists, linksIn, type Page, pathsIn, readPages, ROOT } from "./documents.ts";

const PAGES = await readPages();

Deno.test("Each link of a document leads to a file and a heading that are there", async () => {
  const broken: string[] = [];
  let links = 0;
  for (const page of PAGES) {
    for (const link of linksIn(page.text)) {
      if (/^[a-z]+:/.test(link)) continue;
      links++;
      if (!(await leadsSomewhere(page, link))) broken.push(`${page.path}: ${link}`);
    }
  }
  assert.deepEqual(broken, []);
  assert(links > 100, `only ${links} links were found`);
});

Deno.test("Each path of the project that a document names is there", async () => {
  const missing: string[] = [];
  let named = 0;
  for (const { path, text } of PAGES.filter(({ path }) => path !== "CHANGELOG.md")) {
    for (const found of pathsIn(text)) {
      named++;
      if (!(await exists(found))) missing.push(`${path}: ${found}`);
    }
  }
  assert.deepEqual(missing, []);
  assert(named > 50, `only ${named} paths were found`);
});

Deno.test("The page of protocol 4 has all reasons for refusals, with their statuses", () => {
  const text = PAGES.find(({ path }) => path === "docs/protocol-4.md")?.text ?? "";
  const [, table = ""] = /\| status \| reasons [^]*?\n((?:\|.*\n)+)/.exec(text) ?? [];
  const told = [...table.matchAll(/^\| (\d+) +\| (.*?) *\|$/gm)].flatMap((
    [, status, reasons = ""],
  ) => [...reasons.matchAll(/`([\w-]+)`/g)].map(([, reason]) => `${reason} ${status}`));
  const expected = Object.entries(PROBLEMS).map(([reason, [status]]) => `${reason} ${status}`);
  assert.deepEqual(told.sort(), expected.sort());
});

Deno.test("Each task that a document names is in deno.json", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const unknown = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(/\bdeno task (?:--quiet )?([a-z][\w:-]*)/g)]
      .filter(([, task = ""]) => !Object.hasOwn(tasks, task))
      .map(([named]) => `${path}: ${named}`)
  );
  assert.deepEqual(unknown, []);
});

Deno.test("CONTRIBUTING.md lists all tasks", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const text = PAGES.find(({ path }) => path === "CONTRIBUTING.md")?.text ?? "";
  const listed = [...text.matchAll(/^\| `deno task ([\w:-]+)`/gm)].map(([, task]) => task);
  assert.deepEqual(listed.sort(), Object.keys(tasks).sort());
});

Deno.test("The README has at most 160 lines", () => {
  const lines = PAGES.find(({ path }) => path === "README.md")?.text.trimEnd().split("\n") ?? [];
  assert(lines.length > 50 && lines.length <= 160, `${lines.length} lines`);
});

Deno.test("The index of decisions lists each record, in order", () => {
  const records = PAGES.filter(({ path }) => /^docs\/decisions\/\d/.test(path));
  const index = PAGES.find(({ path }) => path === "docs/decisions/README.md")?.text ?? "";
  const listed = [...index.matchAll(/^\| \[(\d{4})\]\((.+?)\)/gm)];
  assert.deepEqual(
    listed.map(([, number, file]) => `${number} ${file}`),
    records.map(({ path }) => posix.basename(path)).map((file) => `${file.slice(0, 4)} ${file}`),
  );
});

Deno.test("Each decision record has a context, a decision and its consequences", () => {
  for (const { path, text } of PAGES) {
    if (!/^docs\/decisions\/\d/.test(path)) continue;
    const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    assert.deepEqual(sections, ["Context", "Decision", "Consequences"], path);
  }
});

Deno.test("The changelog has each heading once, in order, and lists without gaps", () => {
  const text = PAGES.find(({ path }) => path === "CHANGELOG.md")?.text ?? "";
  const [, ...versions] = text.split(/^## /m);
  assert(versions.length > 1);
  for (const version of versions) {
    const [name = "", ...rest] = version.split("\n");
    const headings = [...version.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    const order = ["Added", "Changed", "Fixed"].filter((heading) => headings.includes(heading));
    assert.deepEqual(headings, order, name);
    const items = rest.join("\n").split(/^- /m).slice(1).map((item) => item.trim());
    assert.equal(new Set(items).size, items.length, `${name} has an item twice`);
    assert.doesNotMatch(version, /^(?:- | {2}\S).*\n\n+- /m, `${name} has a gap in a list`);
  }
});

async function leadsSomewhere(page: Page, link: string): Promise<boolean> {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page.path : posix.join(posix.dirname(page.path), file);
  if (!(await exists(target))) return false;
  if (anchor === undefined) return true;
  const text = PAGES.find(({ path }) => path === target)?.text;
  return text !== undefined && anchorsIn(text).includes(anchor);
}
