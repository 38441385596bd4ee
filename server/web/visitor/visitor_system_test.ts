import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { TARGETS } from "../../../shared/release/targets.ts";
import type { OfferedFile } from "../downloads/release_folder.ts";
import { matchingFile, type VisitorSystem, visitorSystem } from "./visitor_system.ts";

type Headers = Readonly<Record<string, string>>;

const NONE = { os: undefined, arch: undefined, isPhone: false };
const PHONE = { ...NONE, isPhone: true };

/** What browsers send, and what it is taken for. */
const VISITORS: readonly (readonly [what: string, headers: Headers, system: VisitorSystem])[] = [
  ["Firefox on Linux", {
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0",
  }, { os: "linux", arch: "x86_64", isPhone: false }],
  ["Firefox on Linux, ARM", {
    "user-agent": "Mozilla/5.0 (X11; Linux aarch64; rv:130.0) Gecko/20100101 Firefox/130.0",
  }, { os: "linux", arch: "aarch64", isPhone: false }],
  ["Edge on Windows", {
    "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Edg/130.0",
  }, { os: "windows", arch: "x86_64", isPhone: false }],
  ["Safari on a Mac, which calls every processor Intel", {
    "user-agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
  }, { os: "darwin", arch: undefined, isPhone: false }],
  ["Chrome on Windows with hints for ARM", {
    "user-agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0",
    "sec-ch-ua-platform": '"Windows"',
    "sec-ch-ua-arch": '"arm"',
    "sec-ch-ua-bitness": '"64"',
  }, { os: "windows", arch: "aarch64", isPhone: false }],
  ["Chrome on an Intel Mac with hints", {
    "user-agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Chrome/130.0",
    "sec-ch-ua-platform": '"macOS"',
    "sec-ch-ua-arch": '"x86"',
  }, { os: "darwin", arch: "x86_64", isPhone: false }],
  ["Chrome on Android, which is a Linux too", {
    "user-agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0",
    "sec-ch-ua-platform": '"Android"',
  }, PHONE],
  ["a telephone that says so by a hint only", { "sec-ch-ua-mobile": "?1" }, PHONE],
  ["the same without hints", {
    "user-agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36",
  }, PHONE],
  ["Safari on an iPhone, which is like Mac OS X", {
    "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15",
  }, PHONE],
  ["Wget", { "user-agent": "Wget/1.21 (linux-gnu)" }, {
    os: "linux",
    arch: undefined,
    isPhone: false,
  }],
  ["a browser that says nothing", {}, NONE],
  ["nonsense", { "user-agent": "\u{1f600}", "sec-ch-ua-platform": '"' }, NONE],
];

for (const [what, headers, system] of VISITORS) {
  Deno.test(`visitorSystem() recognises ${what}`, () => {
    deepStrictEqual(visitorSystem((name) => headers[name]), system);
  });
}

/** A file for each target, and a package for the last one too. */
const FILES: readonly OfferedFile[] = TARGETS.map((target) => ({
  name: target.triple,
  kind: "binary",
  version: "1.2.3",
  target,
  sha256: "",
  size: 0,
  modified: 0,
  inode: 0,
  device: 0,
}));

Deno.test("matchingFile() is that of system and processor, or of the usual processor", () => {
  const match = (system: Pick<VisitorSystem, "os" | "arch">) => matchingFile(FILES, system)?.name;
  for (const { os, arch, triple } of TARGETS) strictEqual(match({ os, arch }), triple);
  strictEqual(match({ os: "linux", arch: undefined }), "x86_64-unknown-linux-gnu");
  strictEqual(match({ os: "windows", arch: undefined }), "x86_64-pc-windows-msvc");
  strictEqual(match({ os: "darwin", arch: undefined }), "aarch64-apple-darwin");
  strictEqual(match(NONE), undefined);
  strictEqual(matchingFile([], { os: "linux", arch: "x86_64" }), undefined);
});
