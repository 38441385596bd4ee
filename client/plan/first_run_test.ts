import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, IDENTITY, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { terminalAsker, writeTransferInfo } from "./terminal_asker.ts";
import { makePlan, type PlanOptions } from "./plan.ts";

const NO_FLAGS = { server: undefined, name: undefined, files: [] };

/** A plan that a user with these answers is asked for; null is Ctrl-C. */
function planWith(
  { folder }: OwnParty,
  answers: readonly (string | null)[],
  options: Partial<PlanOptions> = {},
) {
  const left = [...answers];
  const told: string[] = [];
  const asker = terminalAsker({
    ask(question) {
      told.push(question);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`Nobody answers ${question}`);
      return answer;
    },
    tell: (line) => told.push(line),
  }, { program: "sealpost" });
  const plan = makePlan({
    settings: NO_FLAGS,
    folder,
    identityOf: () => Promise.resolve(undefined),
    asker,
    ...options,
  });
  return { plan, told, left };
}

Deno.test("A first run says what it stores, asks three questions and writes answers", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a b.txt", "abc");
  const info = join(own.folder, "transfer.info");
  const first = planWith(own, ["example.org:1256", "Bo", path, ""]);
  const made = { server: { host: "example.org", port: 1256 }, name: "Bo", files: [path] };
  deepStrictEqual(await first.plan, made);
  deepStrictEqual(first.left, []);
  const [line = "", ...rest] = first.told;
  match(line, /^Nothing is set up here yet/);
  const text = rest.join("\n");
  for (const part of ["me.info", "priv.key", own.folder, info]) {
    ok(text.includes(part), part);
  }
  strictEqual(first.told.at(-1), `Wrote "${info}": from now on "sealpost" alone does the same`);
  strictEqual(await Deno.readTextFile(info), `example.org:1256\nBo\n${path}\n`);

  const second = planWith(own, []);
  deepStrictEqual(await second.plan, made);
  deepStrictEqual(second.told, []);
});

for (const answer of ["yes", "y", "Y", "YES", " y "]) {
  Deno.test(`A first run writes transfer.info at ${JSON.stringify(answer)}`, async () => {
    await using own = await OwnParty.stranger();
    const { path } = await own.file("a.txt", "abc");
    const { plan, told } = planWith(own, ["example.org:1256", "Bo", path, answer]);
    await plan;
    match(told.at(-1) ?? "", /^Wrote/);
  });
}

Deno.test("A first run asks again where an answer is neither yes nor no", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a.txt", "abc");
  const answers = ["example.org:1256", "Bo", path, "perhaps", "yesyes", "n"];
  const { plan, told, left } = planWith(own, answers);
  await plan;
  deepStrictEqual(left, []);
  ok(told.includes('"yesyes" is no answer; type yes or no'));
  match(told.at(-1) ?? "", /^Nothing was written/);
});

for (const answer of ["no", "n", "N"]) {
  Deno.test(`A first run writes nothing when the user says ${answer}`, async () => {
    await using own = await OwnParty.stranger();
    const { path } = await own.file("a.txt", "abc");
    const { plan, told } = planWith(own, ["example.org:1256", "Bo", path, answer]);
    deepStrictEqual((await plan).files, [path]);
    match(told.at(-1) ?? "", /^Nothing was written/);
    deepStrictEqual((await Array.fromAsync(Deno.readDir(own.folder))).length, 1);
  });
}

Deno.test("A first run ends, and writes nothing, when the user ends it at the offer", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a.txt", "abc");
  const { plan } = planWith(own, ["example.org:1256", "Bo", path, null]);
  await failsWith(plan, { reason: "interrupted", exitCode: EXIT.interrupted });
  strictEqual((await Array.fromAsync(Deno.readDir(own.folder))).length, 1);
});

Deno.test("A file on the command line is not asked for but written to transfer.info", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a.txt", "abc");
  const settings = { ...NO_FLAGS, files: [path] };
  const { plan } = planWith(own, ["example.org:1256", "yes"], {
    settings,
    identityOf: () => Promise.resolve(IDENTITY),
  });
  strictEqual((await plan).name, undefined);
  const written = await Deno.readTextFile(join(own.folder, "transfer.info"));
  strictEqual(written, `example.org:1256\n${IDENTITY.name}\n${path}\n`);
});

Deno.test("Who names the server, or several files, is not offered a transfer.info", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a.txt", "abc");
  const server = { host: "example.org", port: 1256 };
  const named = planWith(own, ["Bo", path], { settings: { ...NO_FLAGS, server } });
  await named.plan;
  strictEqual(named.told.length, 2);
  const several = planWith(own, ["example.org:1256", "Bo"], {
    settings: { ...NO_FLAGS, files: [path, path] },
  });
  await several.plan;
  ok(!several.told.some((line) => line.includes("[Y/n]")));
});

Deno.test("writeTransferInfo() never replaces a file and says why", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("transfer.info", "mine");
  const answers = { host: "example.org", port: 1256, name: "Bo", path: "a.txt" };
  const info = { answers, program: "sealpost" };
  match(await writeTransferInfo(path, info), /^Could not write ".*transfer\.info": .*exists/);
  strictEqual(await Deno.readTextFile(path), "mine");
  const unwritable = join(own.folder, "none", "transfer.info");
  match(await writeTransferInfo(unwritable, info), /^Could not write .*; going on without$/);
  const strange = await writeTransferInfo(join(own.folder, "x"), {
    ...info,
    answers: { ...answers, path: "a\nb" },
  });
  match(strange, /^Could not write .*path/);
});
