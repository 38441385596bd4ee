import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";

import { isSafeName, markedName, safeName } from "./safe_name.ts";
import { raw } from "../../tests/chance/file_names.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const safe = (text: string): string => safeName(bytes(text));
const byteLength = (text: string): number => bytes(text).length;

/** The last path element, by other means than the code under test. */
function lastElement(name: Uint8Array): string {
  const [, element = ""] = /([^/\\]*)[/\\]*$/.exec(Buffer.from(name).toString("latin1")) ?? [];
  return element;
}

/** The bytes, one per character, that an uncut name stands for. */
function decoded(name: string): string {
  return Buffer.from(name).toString("latin1")
    .replace(/%([0-9A-F]{2})/g, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

function assertSafe(name: string): void {
  assert.ok(byteLength(name) >= 1 && byteLength(name) <= 255, `length of ${name}`);
  assert.doesNotMatch(name, /[<>:"/\\|?*\p{Cc}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/u);
  // By other means than the code under test: nothing invisible without something visible on both
  // sides.
  const shown = name.replace(/(?<=[\p{S}\p{L}\p{M}\ufe0f])\u200d(?=[\p{S}\p{L}])/gu, "")
    .replace(/(?<=[\p{L}\p{M}])\u200c(?=\p{L})/gu, "")
    .replace(/(?<=[\p{S}\p{P}])\ufe0f|(?<=[0-9#])\ufe0f(?=\u20e3)/gu, "")
    .replace(/(?<=\p{S})[\u{e0020}-\u{e007e}]+\u{e007f}/gu, "");
  assert.doesNotMatch(shown, /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
  assert.doesNotMatch(name, /[. ]$/);
  assert.notEqual(name, ".");
  assert.notEqual(name, "..");
  assert.doesNotMatch(
    name,
    /^(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³]|conin\$|conout\$|clock\$) *(?:\.|$)/i,
  );
  assert.doesNotMatch(name, /^(?=[^.]{0,8}(?:\.|$))[^.]*~[0-9]+(?:\.[^.]{0,3})?$/u);
}

Deno.test("safeName() keeps ordinary names", () => {
  const names = [
    ...["report.pdf", ".profile", "archive.tar.gz", "a b c", "-rf", "~", "100%", "100% sure.txt"],
    ...[
      "50%-off",
      "résumé.txt",
      "отчёт.docx",
      "漢字.txt",
      "각.hwp",
      "😀.png",
      "file.txt~",
      "foo.~1~",
    ],
    ...["console.log", "com10", "nullable.ts", "auxiliary", "COM", "lpt", "concert.mp3", "a..b"],
  ];
  for (const name of names) assert.equal(safe(name), name);
});

Deno.test("safeName() keeps printable characters that no system reserves", () => {
  const unreserved = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))
    .filter((character) => !'<>:"/\\|?*%~'.includes(character));
  for (const a of unreserved) {
    for (const b of unreserved) {
      const name = `x${a}${b}y`;
      assert.equal(safeName(bytes(name)), name);
    }
  }
});

Deno.test("safeName() takes the last path element, whatever the separator", () => {
  const same = [
    "a.txt",
    "/a.txt",
    "../a.txt",
    "x/../a.txt",
    "C:\\x\\a.txt",
    "\\\\host\\share\\a.txt",
  ];
  for (const name of [...same, "x/y\\a.txt", "a.txt/", "a.txt\\//\\"]) {
    assert.equal(safe(name), "a.txt", name);
  }
});

Deno.test("safeName() never returns an empty name, a dot or two dots", () => {
  const nameless = "%~e3b0c44298fc1c149afbf4c8996fb924"; // SHA-256 of nothing
  assert.equal(safe(""), nameless);
  assert.equal(safe("///"), nameless);
  assert.equal(safe("\\"), nameless);
  assert.equal(safe("."), "%2E");
  assert.equal(safe(".."), "%2E%2E");
  assert.equal(safe("../"), "%2E%2E");
  assert.equal(safe("a/.../"), "%2E%2E%2E");
  assert.equal(safe(" "), "%20");
});

Deno.test("safeName() encodes what any of the systems reserves", () => {
  const table: readonly (readonly [string, string])[] = [
    ["a:b", "a%3Ab"],
    ["C:", "C%3A"],
    ["a.txt:stream:$DATA", "a.txt%3Astream%3A$DATA"],
    ['<>"|?*', "%3C%3E%22%7C%3F%2A"],
    ["a\tb\u001f\u007f", "a%09b%1F%7F"],
    ["a\u0000b", "a%00b"],
    ["a\u0085b", "a%C2%85b"],
    ["gpj.\u202eexe", "gpj.%E2%80%AEexe"],
    ["a\u200bb", "a%E2%80%8Bb"],
    ["\ufeffa", "%EF%BB%BFa"],
    ["a\u2028b\u2029c", "a%E2%80%A8b%E2%80%A9c"],
    ["a\ue000", "a%EE%80%80"],
    ["a\uffff", "a%EF%BF%BF"],
    ["a\u3164b", "a%E3%85%A4b"], // Hangul filler: a letter that nobody sees
    ["a.", "a%2E"],
    ["a. .", "a%2E%20%2E"],
    ["a\u00a0", "a%C2%A0"],
    ["LONGNA~1.TXT", "LONGNA%7E1.TXT"],
    ["git~2", "git%7E2"],
  ];
  for (const [name, expected] of table) assert.equal(safe(name), expected);
});

Deno.test("safeName() defuses device names in any case, with blanks and extensions", () => {
  const devices = [
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "COM0",
    "COM9",
    "LPT1",
    "CONIN$",
    "CONOUT$",
    "CLOCK$",
  ];
  for (const device of [...devices, "COM¹", "LPT²", "COM³", "nul", "Con", "com¹"]) {
    for (const rest of ["", ".txt", ".tar.gz", " .txt", "   ", " . ", "."]) {
      const name = safe(device + rest);
      const first = device.charCodeAt(0).toString(16).toUpperCase();
      assert.ok(name.startsWith(`%${first}${device.slice(1)}`), `${device + rest} gives ${name}`);
      assertSafe(name);
    }
  }
});

Deno.test("safeName() leaves text in the Unicode form that it came in", () => {
  for (const name of ["e\u0301", "\u212b", "\u1100\u1161\u11a8", "x\u0301", "Å", "각"]) {
    assert.equal(safe(name), name);
  }
  // It would change the appearance of the text before the name.
  assert.equal(safe("\u0301e"), "%CC%81e");
  assert.equal(safe(":\u0301"), "%3A%CC%81");
});

Deno.test("safeName() leaves what joins the parts of an emoji, and the letters of a word", () => {
  const names = [
    "❤\ufe0f.png",
    "👩\u200d👩\u200d👧.jpg",
    "🏳\ufe0f\u200d🌈",
    "❤\ufe0f\u200d🔥",
    "👍🏽",
  ];
  const keys = ["1\ufe0f\u20e3.txt", "#\ufe0f\u20e3"];
  const flag = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}.svg";
  const words = ["می\u200cخواهم.pdf", "क्\u200dष.txt", "ശ്രീ\u200dമ"];
  for (const name of [...names, ...keys, flag, ...words]) assert.equal(safe(name), name);
  const alone: readonly (readonly [string, string])[] = [
    ["a\ufe0f", "a%EF%B8%8F"],
    ["a\u200db", "a%E2%80%8Db"],
    ["👩\u200d.jpg", "👩%E2%80%8D.jpg"],
    ["1\ufe0f", "1%EF%B8%8F"],
    ["*\ufe0f\u20e3", "%2A%EF%B8%8F%E2%83%A3"],
    ["م\u200c.pdf", "م%E2%80%8C.pdf"],
    ["🏴\u{e0067}", "🏴%F3%A0%81%A7"],
    ["❤\ufe0f\ufe0f", "❤\ufe0f%EF%B8%8F"],
  ];
  for (const [name, expected] of alone) assert.equal(safe(name), expected);
});

Deno.test("safeName() encodes bytes that are not UTF-8", () => {
  assert.equal(safeName(Uint8Array.of(0x61, 0xff, 0x62)), "a%FFb");
  assert.equal(safeName(Uint8Array.of(0xc0, 0xaf)), "%C0%AF"); // an overlong slash
  assert.equal(safeName(Uint8Array.of(0xed, 0xa0, 0x80)), "%ED%A0%80"); // a surrogate
  assert.equal(safeName(Uint8Array.of(0x61, 0xe2, 0x82)), "a%E2%82"); // cut short
});

Deno.test("safeName() encodes a percent sign only where it could be taken for an escape", () => {
  assert.equal(safe("%41"), "%2541");
  assert.equal(safe("%4"), "%4");
  assert.equal(safe("%4g"), "%4g");
  assert.equal(safe("%%41"), "%%2541");
  assert.equal(safe("%2541"), "%252541");
  assert.equal(safe("%2F"), "%252F");
  assert.equal(safe("%~x"), "%25~x");
  assert.equal(safe("%:"), "%%3A");
});

Deno.test("safeName() cuts long names between characters and escapes, and marks them", () => {
  const name = safe("a".repeat(300) + ".txt");
  assert.match(name, /^a{217}%~[0-9a-f]{32}\.txt$/);
  assert.equal(byteLength(name), 255);
  assert.match(safe("é".repeat(200)), /^é{110}%~[0-9a-f]{32}$/);
  assert.match(safe("😀".repeat(100) + ".jpeg"), /^(?:😀){54}%~[0-9a-f]{32}\.jpeg$/u);
  assert.match(safe(":".repeat(100)), /^(?:%3A){73}%~[0-9a-f]{32}$/);
  assert.match(safe("a".repeat(255) + "." + "b".repeat(16)), /^a{221}%~[0-9a-f]{32}$/);
  assert.match(safe("." + "a".repeat(255)), /^\.a{220}%~[0-9a-f]{32}$/);
  assert.equal(safe("a".repeat(255)), "a".repeat(255));
});

Deno.test("safeName() never leaves its folder, by the rules of any system", () => {
  fc.assert(fc.property(raw, (name) => assertSafe(safeName(name))), { numRuns: 2_000 });
});

Deno.test("safeName() is reversible, so that two elements never give the same name", () => {
  fc.assert(
    fc.property(raw, (name) => {
      const result = safeName(name);
      if (result.includes("%~")) return;
      assert.equal(decoded(result), lastElement(name));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("safeName() tells near elements apart, cut ones among them", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(raw, { minLength: 2, maxLength: 40, selector: lastElement }),
      (names) => {
        // The names that the first round gave are raw names of the second.
        const all = new Map(
          [...names, ...names.map((name) => bytes(safeName(name)))]
            .map((name) => [lastElement(name), safeName(name)] as const),
        );
        assert.equal(new Set(all.values()).size, all.size);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("safeName() leaves a safe name without a percent sign as it is", () => {
  fc.assert(
    fc.property(raw, (name) => {
      const result = safeName(name);
      if (!result.includes("%")) assert.equal(safe(result), result);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("isSafeName() accepts what safeName() and markedName() return, and no raw path", () => {
  fc.assert(
    fc.property(raw, (name) => {
      const result = safeName(name);
      assert.ok(isSafeName(result), result);
      assert.ok(isSafeName(markedName(result, name)), markedName(result, name));
    }),
    { numRuns: 1_000 },
  );
  const refused = ["", ".", "..", "a/b", "a\\b", "a:b", "a.", "a ", "NUL", "con.txt", "\u0301e"];
  for (const name of [...refused, "a\u0000", "\ud800", "x".repeat(256), "A~1"]) {
    assert.ok(!isSafeName(name), JSON.stringify(name));
  }
});

Deno.test("markedName() puts the mark before a short extension", () => {
  const mark = "%~ba7816bf8f01cfea414140de5dae2223"; // SHA-256 of abc
  assert.equal(markedName("a.txt", bytes("abc")), `a${mark}.txt`);
  assert.equal(markedName(".a", bytes("abc")), `.a${mark}`);
  assert.equal(markedName("a.b.c", bytes("abc")), `a.b${mark}.c`);
});
