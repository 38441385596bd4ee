import { deepStrictEqual } from "node:assert/strict";
import { basename, join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { makePlan } from "./plan.ts";

const SERVER = { host: "answer.example", port: 3 };

/**
 * A plan by a `transfer.info` alone, with a user who answers all questions, and the questions
 * asked.
 */
async function planFrom({ folder }: OwnParty, info: string) {
  await Deno.writeTextFile(join(folder, "transfer.info"), info);
  const questions: string[] = [];
  const answer = <T>(question: string, value: T) => () => {
    questions.push(question);
    return Promise.resolve(value);
  };
  const asker = {
    server: answer("server", SERVER),
    name: answer("name", "Answer"),
    file: answer("file", "answer.txt"),
    allow: answer("allow", undefined),
    unproven: answer("unproven", undefined),
    welcome: answer("welcome", undefined),
    offer: answer("offer", undefined),
  };
  const settings = { server: undefined, name: undefined, files: [] };
  const plan = makePlan({ settings, folder, identityOf: () => Promise.resolve(undefined), asker });
  return { plan, questions };
}

const INFO = { host: "info.example", port: 2 };

/** A `transfer.info` with lines left out, the questions asked, and the result. */
const INCOMPLETE: readonly (readonly [
  info: string,
  questions: readonly string[],
  plan: readonly unknown[],
])[] = [
  ["", ["server", "name", "file"], [SERVER, "Answer", "answer.txt"]],
  ["\n\n\n", ["server", "name", "file"], [SERVER, "Answer", "answer.txt"]],
  ["info.example:2\n", ["name", "file"], [INFO, "Answer", "answer.txt"]],
  ["info.example:2\nInfo\n", ["file"], [INFO, "Info", "answer.txt"]],
  ["info.example:2\n  \ninfo.txt\n", ["name"], [INFO, "Answer", "info.txt"]],
  ["\nInfo\ninfo.txt\n", ["server"], [SERVER, "Info", "info.txt"]],
  ["info.example:2\nInfo\ninfo.txt\n", [], [INFO, "Info", "info.txt"]],
];

for (const [info, expected, made] of INCOMPLETE) {
  const what = expected.length === 0 ? "nothing" : expected.join(", ");
  Deno.test(`makePlan() asks for ${what} with ${JSON.stringify(info)}`, async () => {
    await using own = await OwnParty.stranger();
    const { plan, questions } = await planFrom(own, info);
    const { server, name, files } = await plan;
    deepStrictEqual([server, name, ...files.map((file) => basename(file))], made);
    deepStrictEqual(questions, expected);
  });
}

/** A `transfer.info` with an invalid line, for which no question is asked. */
const WRONG = {
  "nowhere\n": "bad-configuration",
  [`info.example:2\n${"n".repeat(101)}\n`]: "bad-configuration",
  "info.example:2\nJürgen\n": "bad-setting",
} as const;

for (const [info, reason] of Object.entries(WRONG)) {
  Deno.test(`makePlan() refuses ${JSON.stringify(info)} though it could ask`, async () => {
    await using own = await OwnParty.stranger();
    const { plan, questions } = await planFrom(own, info);
    await failsWith(plan, { reason, exitCode: EXIT.usage, message: /./ });
    deepStrictEqual(questions, []);
  });
}
