import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { entryLine, jsonEntry } from "./entry_lines.ts";
import type { RemoteEntry } from "./remote_files.ts";

const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const FILE: RemoteEntry = {
  ...{ kind: "file", path: ["photos", "a.jpg"], size: 2048, tag: "x" },
  ...{ modified: MODIFIED, mode: 0o750 },
};
const FOLDER: RemoteEntry = { kind: "folder", path: ["photos"] };
const LINK: RemoteEntry = { kind: "link", path: ["l"], target: "a\u001bb", tag: '"link-YRti"' };

Deno.test("entryLine() names entries from the listed folder, and a file by its name", () => {
  strictEqual(entryLine(FILE, { depth: 0, long: false }), "photos/a.jpg");
  strictEqual(entryLine(FILE, { depth: 1, long: false }), "a.jpg");
  strictEqual(entryLine(FILE, { depth: 2, long: false }), "a.jpg");
  strictEqual(entryLine(FOLDER, { depth: 0, long: false }), "photos/");
});

Deno.test("entryLine() shows kind, permissions, size, time and target, escaped", () => {
  const long = { depth: 0, long: true };
  strictEqual(entryLine(FILE, long), "-rwxr-x---      2 KiB 2026-01-02T03:04:05Z photos/a.jpg");
  strictEqual(entryLine(FOLDER, long), `d?????????          - ${"-".padEnd(20)} photos/`);
  strictEqual(entryLine(LINK, long), `l?????????          - ${"-".padEnd(20)} l -> a\\u{1b}b`);
});

Deno.test("jsonEntry() has what is known of an entry", () => {
  deepStrictEqual(jsonEntry(FILE), {
    ...{ path: "photos/a.jpg", kind: "file", size: 2048 },
    ...{ modified: "2026-01-02T03:04:05.678Z", mode: "750", tag: "x" },
  });
  deepStrictEqual(jsonEntry(FOLDER), { path: "photos", kind: "folder" });
  deepStrictEqual(jsonEntry(LINK), { path: "l", kind: "link", target: "a\u001bb" });
});
