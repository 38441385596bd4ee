/**
 * Attacks by names: of files that try to leave their folder, of links that are in the way, of log
 * lines.
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { TextField } from "../../../shared/wire/layout.ts";
import { lcg } from "../../kernel/golden_vectors.ts";
import type { Arena } from "../arena.ts";
import type { AttacksOnServer } from "../attack.ts";
import type { RoguePeer } from "../rogue_peer.ts";

const PLAIN = lcg(8, 300);
const SECRET = "What lies outside is nobody's business.\n";

const TRAVERSALS: readonly string[] = [
  ...["../escape", "../../escape", "..\\..\\escape", "a/../../escape", "./../escape", "..", "."],
  ...["/etc/passwd", "//etc/passwd", "\\etc\\passwd", "~/.profile", "/proc/self/mem", "/", "\\"],
  ...["%2e%2e%2fescape", "..%2fescape", "..%5cescape", "%252e%252e%252fescape", "..%c0%afescape"],
  ...[
    "..\u2215escape",
    "..\u2044escape",
    "..\uff0fescape",
    "..\uff3cescape",
    "\uff0e\uff0e/escape",
  ],
  ...["....//escape", "..;/escape", "..\u200b/escape", "\u202e../escape", "file:///etc/passwd"],
  ...["C:\\Windows\\win.ini", "C:escape", "\\\\host\\share\\escape", "//host/share/escape"],
  ...["\\\\?\\C:\\escape", "\\\\.\\PhysicalDrive0", "\\\\.\\pipe\\escape", "..\\", "../"],
];

const DEVICES: readonly string[] = [
  ...["CON", "PRN", "AUX", "NUL", "COM1", "COM9", "LPT1", "LPT9", "COM\u00b9", "CONIN$", "CONOUT$"],
  ...["nul.txt", "con.tar.gz", "aux ", "Prn.", "lpt1 .txt", "clock$", "COM0"],
  ...[
    "a.txt:hidden",
    "a.txt::$DATA",
    ":$I30:$INDEX_ALLOCATION",
    "a.txt.",
    "a.txt ",
    "a.txt. .",
    "...",
  ],
  ...["LONGNA~1.TXT", "git~1", ".git", "a?b", "a*b", "a|b", 'a"b', "a<b>", "a\tb", "a\nb", "a\rb"],
];

/** One beside another: names that some system takes for the same, and our rules partly. */
const LOOKALIKES: readonly string[] = [
  ...["case.txt", "CASE.TXT", "Case.Txt", "\uff43ase.txt", "ca\u017fe.txt", "ca\u200bse.txt"],
  ...[
    "\u00e9.txt",
    "e\u0301.txt",
    "\u00c9.txt",
    "E\u0301.txt",
    "\u212b.txt",
    "\u00e5.txt",
    "a\u030a.txt",
  ],
  ...["stra\u00dfe", "STRASSE", "strasse", "\ufb01le", "file", "\u0456.txt", "i.txt", "\u0131.txt"],
  ...["\uac01.hwp", "\u1100\u1161\u11a8.hwp", "gpj.\u202eexe", "\u2066a\u2069.txt", "a\ufe0f.txt"],
];

/** How many files those are: those that differ in nothing but case and normal form C are one. */
const LOOKALIKE_FILES = 16;

/** Sends files under these names and has each confirmed. */
async function sendAll({ client }: RoguePeer, names: readonly TextField[]): Promise<void> {
  for (const [at, fileName] of names.entries()) {
    const plain = PLAIN.subarray(at % 7);
    const what = JSON.stringify(fileName.text);
    strictEqual((await client.file(plain, { fileName }))?.kind, "fileReceived", what);
    const verdict = client.verdict("crcValid");
    verdict.set(fileName.field, verdict.byteLength - fileName.field.byteLength);
    strictEqual((await client.ask(verdict))?.kind, "acknowledged", what);
  }
}

/**
 * Stores a file under each of some names; the arena then finds all files in their folders, and no
 * other. As many `files` are there as there were last elements by default.
 */
function storing(
  names: readonly TextField[],
  { files = new Set(names.map(({ bytes }) => elementOf(bytes))).size }: {
    readonly files?: number;
  } = {},
): AttacksOnServer[string] {
  return {
    outcome: "harmless",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      await sendAll(rogue, names);
      const rows = await arena.storage.catalog.files({ clientId: rogue.client.clientId });
      strictEqual(rows.length, files);
      const folded = rows.map(({ location }) => location.normalize("NFKC").toLowerCase());
      strictEqual(new Set(folded).size, rows.length);
    },
  };
}

/** The last element of a path, one character for each byte. */
function elementOf(name: Uint8Array): string {
  const text = Array.from(name, (byte) => String.fromCharCode(byte)).join("");
  const [, element = ""] = /([^/\\]*)[/\\]*$/.exec(text) ?? [];
  return element;
}

/** Names of 254 bytes; together they have all bytes but NUL, next to many others. */
function bytesOfEveryKind(): readonly TextField[] {
  return Array.from({ length: 40 }, (_, name) => {
    const field = new Uint8Array(255);
    for (let at = 0; at < 254; at++) field[at] = 1 + (name * 7 + at * (1 + name % 3)) % 255;
    return new TextField(field);
  });
}

/** Sends a file whose way on the disk leads through a link to the outside. */
function planted(
  outcome: AttacksOnServer[string]["outcome"],
  plant: (arena: Arena, options: {
    readonly rogue: RoguePeer;
    readonly outside: string;
  }) => Promise<() => Promise<void>>,
): AttacksOnServer[string] {
  return {
    outcome,
    async play(arena) {
      const outside = await Deno.makeTempDir({ prefix: "sealpost_outside_" });
      try {
        await Deno.writeTextFile(join(outside, "a.txt"), SECRET);
        const rogue = await arena.introducedRogue();
        const restore = await plant(arena, { rogue, outside });
        const { client } = rogue;
        strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
        const expected = outcome === "harmless" ? "acknowledged" : "serverError";
        strictEqual((await client.ask(client.verdict("crcValid")))?.kind, expected);
        strictEqual(await Deno.readTextFile(join(outside, "a.txt")), SECRET);
        const found = await Array.fromAsync(Deno.readDir(outside));
        deepStrictEqual(found.map(({ name }) => name), ["a.txt"]);
        await restore();
      } finally {
        await Deno.remove(outside, { recursive: true });
      }
    },
  };
}

/** Names that try to end a line, to colour it, or to turn it around. */
const FORGERIES: readonly string[] = [
  "a.txt'\n 09:00:00.000   info  #1 Stored 'forged.txt': 3 bytes, verified",
  'a"}\n{"level":"INFO","message":"forged"}',
  "\x1b[2J\x1b[31mforged\x1b[0m",
  "\x1b]0;forged\x07",
  "\u202egnp.forged\u202c",
  "\u2066forged\u2069\u200b\ufeff",
  "forged\u2028forged\u2029forged\u0085forged",
  "\r\x08\x7f\x9bforged",
];

/** The attacks by their names. */
export const ATTACKS_BY_NAMES: AttacksOnServer = {
  "path-traversal": storing(TRAVERSALS.map(TextField.of)),
  "reserved-names": storing(DEVICES.map(TextField.of)),
  "look-alikes": storing(LOOKALIKES.map(TextField.of), { files: LOOKALIKE_FILES }),
  "bytes-of-every-kind": storing(bytesOfEveryKind()),
  "endless-name": {
    outcome: "refused.name-not-terminated",
    async play(arena) {
      const { client } = await arena.introducedRogue();
      const fileName = new TextField(new Uint8Array(255).fill(0x61));
      strictEqual((await client.file(PLAIN, { fileName }))?.kind, "serverError");
    },
  },
  "empty-name": {
    outcome: "refused.name-empty",
    async play(arena) {
      const { client } = await arena.introducedRogue();
      const fileName = new TextField(new Uint8Array(255));
      strictEqual((await client.file(PLAIN, { fileName }))?.kind, "serverError");
    },
  },
  "planted-file-link": planted("harmless", async (arena, { rogue, outside }) => {
    const home = await arena.folderOf(rogue.client);
    await Deno.symlink(join(outside, "a.txt"), join(home, "a.txt"));
    return () => Promise.resolve();
  }),
  "planted-folder-link": planted("refused.path-not-a-folder", async (arena, { rogue, outside }) => {
    const home = await arena.folderOf(rogue.client);
    await Deno.remove(home);
    await Deno.symlink(outside, home);
    return () => Deno.remove(home);
  }),
  "planted-root-link": planted("refused.path-not-a-folder", async (arena, { rogue, outside }) => {
    const home = await arena.folderOf(rogue.client);
    const received = join(home, "..");
    await Deno.remove(home);
    await Deno.rename(received, `${received}.away`);
    await Deno.symlink(outside, received);
    return async () => {
      await Deno.remove(received);
      await Deno.rename(`${received}.away`, received);
    };
  }),
  "forged-lines": {
    outcome: "harmless",
    async play(arena) {
      for (const name of FORGERIES) {
        const rogue = await arena.introducedRogue(name);
        await sendAll(rogue, [TextField.of(name)]);
      }
      // Each line was read as JSON by the arena; what they say of these names stands in properties.
      const forged = arena.lines.filter(({ level, message }) =>
        level === "INFO" && /^[^"]*forged/.test(message)
      );
      deepStrictEqual(forged, []);
      ok(arena.lines.some(({ name }) => name === FORGERIES[0]));
    },
  },
};
