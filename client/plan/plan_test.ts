import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { basename, join } from "node:path";
import fc from "fast-check";
import { formatAddress } from "../../shared/text/address.ts";
import { failsWith, IDENTITY, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { type Asker, type Known, makePlan, type Plan, type PlanOptions } from "./plan.ts";

/** A different value from each source, so that a plan shows its sources. */
const FLAGS = {
  server: { host: "flag.example", port: 1 },
  name: "Flag",
  files: ["flag one.txt", "flag two.txt"],
};
const INFO = { server: { host: "info.example", port: 2 }, name: "Info", files: ["info.txt"] };
const ANSWERS = { server: { host: "answer.example", port: 3 }, name: "Answer", files: ["my.txt"] };

type Flags = PlanOptions["settings"];
type Part = "server" | "name" | "files";
const PARTS: readonly Part[] = ["server", "name", "files"];

const NO_FLAGS: Flags = { server: undefined, name: undefined, files: [] };

function flagsFor(parts: readonly Part[]): Flags {
  return {
    server: parts.includes("server") ? FLAGS.server : undefined,
    name: parts.includes("name") ? FLAGS.name : undefined,
    files: parts.includes("files") ? FLAGS.files : [],
  };
}

/** Answers all questions, and records them. */
class TestAsker implements Asker {
  readonly questions: Part[] = [];
  readonly server = () => this.#answer("server", ANSWERS.server);
  readonly name: Asker["name"];
  readonly file = () => this.#answer("files", `${ANSWERS.files[0]}`);
  readonly allow = () => Promise.reject(new Error("No file is doubtful here"));
  readonly welcome = () => Promise.resolve();
  readonly unproven = () => Promise.reject(new Error("Nothing has to be consented to here"));
  readonly offer = () => Promise.resolve();

  constructor(name: string = ANSWERS.name) {
    this.name = () => this.#answer("name", name);
  }

  #answer<T>(question: Part, answer: T): Promise<T> {
    this.questions.push(question);
    return Promise.resolve(answer);
  }
}

const INFO_LINES = [formatAddress(INFO.server), INFO.name, ...INFO.files];
const INFO_TEXT = INFO_LINES.join("\n");

/** Makes a plan in a folder; without `info` there is no `transfer.info`. */
async function plan(
  { folder }: OwnParty,
  { info, settings = NO_FLAGS, identity, asker }: Omit<Partial<PlanOptions>, "identityOf"> & {
    readonly identity?: Known | undefined;
    readonly info?: string | Uint8Array | undefined;
  },
): Promise<Plan> {
  const path = join(folder, "transfer.info");
  const bytes = typeof info === "string" ? new TextEncoder().encode(info) : info;
  if (bytes === undefined) await Deno.remove(path).catch(() => {});
  else await Deno.writeFile(path, bytes);
  return await makePlan({
    settings,
    folder,
    identityOf: () => Promise.resolve(identity),
    asker,
  });
}

function subsets<T>(all: readonly T[]): readonly (readonly T[])[] {
  return all.reduce<T[][]>((some, one) => [...some, ...some.map((set) => [...set, one])], [[]]);
}

/** The message for each missing part. */
const SAID: Readonly<Record<Part, string>> = {
  server: "--server HOST:PORT",
  name: "--name NAME",
  files: "a file to send",
};

/** All that may be given by flags, with and without an identity. */
const SITUATIONS = subsets(PARTS).flatMap((given) =>
  [IDENTITY, undefined].map((identity) => ({
    given,
    identity,
    // An identity has a name, so none has to be given.
    unsaid: PARTS.filter((part) => !given.includes(part) && !(part === "name" && identity)),
  }))
);

Deno.test("makePlan() takes each part from its flag, else from transfer.info", async () => {
  await using own = await OwnParty.stranger();
  for (const { given, identity, unsaid } of SITUATIONS) {
    const asker = new TestAsker();
    const settings = flagsFor(given);
    const made = await plan(own, { info: INFO_TEXT, settings, identity, asker });
    const source = (part: Part) => given.includes(part) ? FLAGS : INFO;
    deepStrictEqual(made.server, source("server").server);
    deepStrictEqual(made.files.map((file) => basename(file)), source("files").files);
    if (given.includes("name") || unsaid.includes("name")) {
      strictEqual(made.name, source("name").name);
    }
    deepStrictEqual(asker.questions, []);
  }
});

Deno.test("makePlan() asks only for what neither flags nor transfer.info say", async () => {
  await using own = await OwnParty.stranger();
  for (const { given, identity, unsaid } of SITUATIONS) {
    const asker = new TestAsker();
    const made = await plan(own, { settings: flagsFor(given), identity, asker });
    const source = (part: Part) => given.includes(part) ? FLAGS : ANSWERS;
    deepStrictEqual(made.server, source("server").server);
    deepStrictEqual(made.files, source("files").files);
    const named = given.includes("name") || unsaid.includes("name");
    strictEqual(made.name, named ? source("name").name : undefined);
    deepStrictEqual(asker.questions, unsaid);
  }
});

Deno.test("makePlan() names exactly what is missing if it cannot ask", async () => {
  await using own = await OwnParty.stranger();
  for (const { given, identity, unsaid } of SITUATIONS) {
    const settings = flagsFor(given);
    if (unsaid.length === 0) {
      deepStrictEqual((await plan(own, { settings, identity })).files, FLAGS.files);
      continue;
    }
    const parts = PARTS.map((part) => `(?${unsaid.includes(part) ? "=" : "!"}.*${SAID[part]})`);
    await failsWith(plan(own, { settings, identity }), {
      reason: "bad-configuration",
      exitCode: EXIT.usage,
      message: new RegExp(`^${parts.join("")}.*write transfer\\.info with`),
    });
  }
});

Deno.test("makePlan() does not read a transfer.info that flags override entirely", async () => {
  await using own = await OwnParty.stranger();
  const junk = fc.option(fc.uint8Array({ maxLength: 200 }), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(junk, fc.constantFrom(IDENTITY, undefined), async (info, identity) => {
      deepStrictEqual(await plan(own, { info, settings: FLAGS, identity }), FLAGS);
      // Nor does it where there is an identity, which has a name.
      const settings = { ...FLAGS, name: undefined };
      deepStrictEqual(await plan(own, { info, settings, identity: IDENTITY }), settings);
    }),
    { numRuns: 50 },
  );
});

Deno.test("makePlan() does not mind what stands on a line that a flag overrides", async () => {
  await using own = await OwnParty.stranger();
  const junk = fc.string({
    unit: fc.constantFrom("a", "é", "日", ":", "/", " ", "\t"),
    maxLength: 120,
  });
  const given = fc.subarray([...PARTS]);
  await fc.assert(
    fc.asyncProperty(given, junk, async (given, junk) => {
      const lines = PARTS.map((part, index) => given.includes(part) ? junk : INFO_LINES[index]);
      const made = await plan(own, { info: lines.join("\n"), settings: flagsFor(given) });
      const source = (part: Part) => given.includes(part) ? FLAGS : INFO;
      deepStrictEqual(made.server, source("server").server);
      strictEqual(made.name, source("name").name);
      deepStrictEqual(made.files.map((file) => basename(file)), source("files").files);
    }),
    { numRuns: 50 },
  );
});

Deno.test("makePlan() resolves line 3 in the folder of transfer.info, or here", async () => {
  await using own = await OwnParty.stranger();
  const [here] = await Array.fromAsync(Deno.readDir("."), ({ name }) => name);
  ok(here !== undefined);
  const info = `${formatAddress(INFO.server)}\nMe\n`;
  deepStrictEqual((await plan(own, { info: info + here })).files, [here]);
  await Deno.mkdir(join(own.folder, "sub"));
  for (const name of [here, "with blanks.txt", join("sub", "file.txt")]) {
    await own.file(name, "beside transfer.info");
    deepStrictEqual((await plan(own, { info: info + name })).files, [join(own.folder, name)]);
  }
  const nowhere = "there is no such file";
  deepStrictEqual((await plan(own, { info: info + nowhere })).files, [join(own.folder, nowhere)]);
  for (const absolute of [join(own.folder, "sub", "file.txt"), join(own.folder, nowhere)]) {
    deepStrictEqual((await plan(own, { info: info + absolute })).files, [absolute]);
  }
});

/** An invalid `transfer.info`, and a part of the message. */
const WRONG: Readonly<Record<string, readonly [info: string, said: RegExp]>> = {
  "nothing in it": ["", /empty.*line 1.*line 2.*line 3/],
  "a server alone": ["127.0.0.1:1256\n", /Line 2.*missing/],
  "no line 3": ["127.0.0.1:1256\nMe\n", /Line 3.*missing/],
  "an empty line 3": ["127.0.0.1:1256\nMe\n\nmore\n", /Line 3.*missing/],
  "an address without a port": ["127.0.0.1\nMe\nfile\n", /"127\.0\.0\.1".*host:port/],
  "a port that is none": ["127.0.0.1:http\nMe\nfile\n", /Port "http"/],
  "a port out of range": ["127.0.0.1:12560000\nMe\nfile\n", /"12560000".*65535/],
  "an empty name": ["127.0.0.1:1256\n\nfile\n", /name is empty/],
  "a name of 101 characters": [`127.0.0.1:1256\n${"n".repeat(101)}\nfile\n`, /101 characters/],
};

for (const [what, [info, said]] of Object.entries(WRONG)) {
  Deno.test(`makePlan() refuses a transfer.info with ${what}, and names the file`, async () => {
    await using own = await OwnParty.stranger();
    const message = new RegExp(`^".*transfer\\.info": .*${said.source}`);
    const expected = { reason: "bad-configuration", exitCode: EXIT.usage, message } as const;
    await failsWith(plan(own, { info }), expected);
  });
}

for (const [what, bytes] of [["no text", [0xff, 0xc3]], ["too large", Array(70_000)]] as const) {
  Deno.test(`makePlan() refuses a transfer.info that is ${what}, and names the file`, async () => {
    await using own = await OwnParty.stranger();
    const message = /transfer\.info": .*(UTF-8|65536)/;
    const bad = { reason: "bad-configuration", exitCode: EXIT.usage, message } as const;
    await failsWith(plan(own, { info: Uint8Array.from(bytes) }), bad);
  });
}

for (
  const name of [
    "",
    "   ",
    "n".repeat(101),
    "Jürgen",
    "日本",
    "a\nb",
    "a\0b",
    "blank at the end ",
  ]
) {
  Deno.test(`makePlan() refuses the name ${JSON.stringify(name)} from wherever it is`, async () => {
    await using own = await OwnParty.stranger();
    const bad = { reason: "bad-setting", exitCode: EXIT.usage, message: /name/ } as const;
    await failsWith(plan(own, { settings: { ...FLAGS, name } }), bad);
    const settings = { ...FLAGS, name: undefined };
    await failsWith(plan(own, { settings, asker: new TestAsker(name) }), bad);
  });
}

Deno.test("makePlan() refuses a name in transfer.info that is not ASCII", async () => {
  await using own = await OwnParty.stranger();
  const info = INFO_TEXT.replace(INFO.name, "Jürgen");
  await failsWith(plan(own, { info }), {
    reason: "bad-setting",
    exitCode: EXIT.usage,
    message: /"Jürgen" cannot be sent; give one of/,
  });
});

Deno.test("makePlan() lets a name pass by which the server knows us, whatever it is", async () => {
  await using own = await OwnParty.stranger();
  const identity = { ...IDENTITY, name: "Jürgen" };
  const info = INFO_TEXT.replace(INFO.name, "Jürgen");
  strictEqual((await plan(own, { info, identity })).name, "Jürgen");
  const settings = { ...FLAGS, name: "Jürgen" };
  strictEqual((await plan(own, { settings, identity })).name, "Jürgen");
});
