import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { terminalAsker } from "./terminal_asker.ts";

/** A user who gives these answers, one after the other; null is Ctrl-C. */
function user(...answers: readonly (string | null)[]) {
  const left = [...answers];
  const questions: string[] = [];
  const told: string[] = [];
  const asker = terminalAsker({
    ask(question) {
      questions.push(question);
      const answer = left.shift();
      if (answer === undefined) throw new Error(`Nobody answers ${question}`);
      return answer;
    },
    tell: (line) => told.push(line),
  }, { program: "sealpost" });
  return { asker, questions, told, left };
}

/** Invalid answers, and the messages. */
const WRONG: Readonly<
  Record<"server" | "name", readonly (readonly [string, RegExp])[]>
> = {
  server: [
    ["", /not an address/],
    ["example.org", /"example\.org" is not an address/],
    ["example.org:99999", /"99999" is out of range/],
  ],
  name: [["  ", /name is empty/], ["Zoë", /"Zoë" cannot be sent/], ["n".repeat(101), /101/]],
};

/** Valid answers. */
const RIGHT = {
  server: [" example.org:1256 ", { host: "example.org", port: 1256 }],
  name: [" Michael Jackson ", "Michael Jackson"],
} as const;

for (const what of ["server", "name"] as const) {
  Deno.test(`terminalAsker() asks for the ${what} until the answer can be used`, async () => {
    const [answer, expected] = RIGHT[what];
    const { asker, questions, told, left } = user(...WRONG[what].map(([wrong]) => wrong), answer);
    deepStrictEqual(await asker[what](), expected);
    strictEqual(questions.length, WRONG[what].length + 1);
    strictEqual(new Set(questions).size, 1);
    deepStrictEqual(left, []);
    WRONG[what].forEach(([, said], index) => match(told[index] ?? "", said));
    strictEqual(told.length, WRONG[what].length);
  });
}

Deno.test("terminalAsker() asks for the file until there is one that can be sent", async () => {
  await using own = await OwnParty.stranger();
  const { path } = await own.file("a.txt", "abc");
  const { asker, told } = user("", join(own.folder, "none"), own.folder, join(path, "b"), path);
  strictEqual(await asker.file(), path);
  strictEqual(told.length, 4);
  match(told[1] ?? "", /^There is no file ".*none"; check the path$/);
  match(told[2] ?? "", /is a folder/);
});

Deno.test("terminalAsker() ends when the user does, at any question", async () => {
  const ended = {
    reason: "interrupted",
    exitCode: EXIT.interrupted,
    message: /^Nothing was sent, as you wished$/,
  } as const;
  await failsWith(user(null).asker.server(), ended);
  await failsWith(user("Zoë", null).asker.name(), ended);
  await failsWith(user(null).asker.file(), ended);
});
