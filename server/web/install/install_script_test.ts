import { match, ok, strictEqual, throws } from "node:assert/strict";
import { TARGETS } from "../../../shared/release/targets.ts";
import type { OfferedFile } from "../downloads/release_folder.ts";
import { type InstallLanguage, installScript } from "./install_script.ts";
import { readPageTexts } from "../web_app.ts";

const FILES: readonly OfferedFile[] = TARGETS.flatMap((target) =>
  (["binary", "package"] as const).map((kind) => ({
    name: `${target.triple}.${kind}`,
    kind,
    version: "1.2.3",
    target,
    sha256: "0123456789abcdef".repeat(4),
    size: 0,
    modified: 0,
    inode: 0,
    device: 0,
  }))
);
const PLACE = {
  ...{ origin: "http://[::1]:8256", server: "[::1]:1256" },
  keyed: "sealpost://[::1]:1256/#A8vIE5bHEXKh0Pm2oRK8Lj62ItUoXp6dh4nmxXOZXwui",
};
const { install } = await readPageTexts();

for (const language of ["sh", "ps1"] as const) {
  Deno.test(`The script in ${language} has address, version and a file per system`, () => {
    const script = installScript(install[language], language, { ...PLACE, files: FILES });
    ok(!/@[A-Z]+@/.test(script));
    for (const text of [PLACE.origin, PLACE.server, PLACE.keyed, "1.2.3"]) {
      ok(script.includes(text), text);
    }
    for (const { triple, os } of TARGETS) {
      const mine = (os === "windows") === (language === "ps1");
      strictEqual(script.includes(`'${triple}.binary'`), mine, triple);
      ok(!script.includes(`'${triple}.package'`));
    }
    // Whatever the shell reads it as.
    // deno-lint-ignore no-control-regex -- these are what is looked for
    match(script, /^[\x09\x0a\x20-\x7e]*$/);
  });

  Deno.test(`The script in ${language} takes the package where there is nothing else`, () => {
    const files = FILES.filter(({ kind }) => kind === "package");
    const script = installScript(install[language], language, { ...PLACE, files });
    ok(script.includes(".package'"));
  });

  Deno.test(`The script in ${language} does nothing before its last line`, () => {
    const lines = install[language].trimEnd().split("\n");
    const code = lines.filter((line) => line !== "" && !line.startsWith("#"));
    const call: Record<InstallLanguage, string> = {
      sh: 'sealpost_install "$@"',
      ps1: "Install-Sealpost",
    };
    strictEqual(code.at(-1), call[language]);
    match(code[0] ?? "", /^(?:sealpost_install\(\)|function Install-Sealpost) \{$/);
    strictEqual(code.at(-2), "}");
    ok(code.slice(1, -2).every((line) => line.startsWith(" ")));
  });
}

Deno.test("installScript() refuses values that could end the quotes that they stand in", () => {
  for (const bad of ["http://a'b", 'http://a"', "http://$(a)", "http://a\nb", "http://a b", ""]) {
    const options = { ...PLACE, files: FILES };
    throws(() => installScript(install.sh, "sh", { ...options, origin: bad }));
    throws(() => installScript(install.sh, "sh", { ...options, server: bad }));
  }
});

Deno.test("The script in ps1 knows the version in use by what it wrote for it", () => {
  const [, written = ""] = / -Value "(.*)"$/m.exec(install.ps1) ?? [];
  const [, sought = ""] = /\$text\.Contains\("(.*)"\)/.exec(install.ps1) ?? [];
  const folder = "1.2.3-x86_64";
  const line = written.replaceAll('`"', '"').replace("$version-$processor", folder);
  strictEqual(line, `@"%~dp0${folder}\\sealpost.cmd" %*`);
  ok(line.includes(sought.replace("$(Split-Path -Leaf $folder)", folder)), sought);
});
