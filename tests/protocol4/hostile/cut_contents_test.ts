/** Contents that are cut at many places come whole with the next requests. */

import { deepStrictEqual, notStrictEqual, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { answer, type Asked, json, type Reply } from "./hostile_server.ts";
import { below, victim } from "./victim.ts";

const SIZE = 40_000;
const CONTENTS = Array.from({ length: SIZE }, (_, at) => String.fromCharCode(97 + at * at % 26))
  .join("");
const CHUNK = 10_000;

/** Bytes of contents behind which the first answer is cut. */
const CUTS = [0, 1, 1_023, 9_999, 10_000, 16_384, 33_333, SIZE - 1, SIZE] as const;

function entry(contents: string): Reply {
  const tree = createHash("sha256").update(contents).digest("hex");
  return json({ path: "got", kind: "file", size: contents.length, tree });
}

/** How a server answers that does as it is told. */
function honest({ headers }: Asked): Reply {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
  if (from === 0) return answer(200, CONTENTS);
  const range = `bytes ${from}-${SIZE - 1}/${SIZE}`;
  return answer(206, CONTENTS.slice(from), { "content-range": range });
}

/** What is said before a cut. */
function beginning(cut: number, { inChunks }: { readonly inChunks: boolean }): string {
  if (!inChunks) {
    return `HTTP/1.1 200 OK\r\nContent-Length: ${SIZE}\r\n\r\n${CONTENTS.slice(0, cut)}`;
  }
  let said = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (let at = 0; at < cut; at += CHUNK) {
    const piece = CONTENTS.slice(at, Math.min(at + CHUNK, cut));
    said += `${CHUNK.toString(16)}\r\n${piece}${piece.length === CHUNK ? "\r\n" : ""}`;
  }
  return said;
}

for (const inChunks of [false, true]) {
  for (const knowsRanges of [true, false]) {
    const form = inChunks ? "chunks" : "a body of known length";
    const then = knowsRanges ? "go on at their range" : "are skipped of a whole answer";
    Deno.test(`Contents in ${form} that are cut anywhere ${then}`, async () => {
      await using of = await victim();
      const { server, folder, run } = of;
      for (const cut of CUTS) {
        const ranges: (string | undefined)[] = [];
        server.becomes(async (asked) => {
          if (asked.path.includes("?entry")) return entry(CONTENTS);
          if (asked.path !== "/v4/files/got") return undefined;
          ranges.push(asked.headers.get("range"));
          if (ranges.length > 1) return knowsRanges ? honest(asked) : answer(200, CONTENTS);
          await asked.say(beginning(cut, { inChunks }));
          return "close";
        });
        const out = `${folder}/out/${cut}`;
        const told = await run("get", "got", "-o", `${out}/`, "--json");
        strictEqual(told.code, 0, `${cut}: ${told.stdout}${told.stderr}`);
        strictEqual(await Deno.readTextFile(`${out}/got`), CONTENTS, `cut at ${cut}`);
        deepStrictEqual(below(out), ["got"]);
        const again = cut === 0 ? [undefined] : cut === SIZE ? [] : [`bytes=${cut}-`];
        deepStrictEqual(ranges, [undefined, ...again], `cut at ${cut}`);
      }
    });
  }
}

Deno.test("A part of contents that a file no longer has is removed", async () => {
  await using of = await victim();
  const { server, folder, run } = of;
  const serving = (contents: string, cut: number) => {
    server.becomes(async (asked) => {
      if (asked.path.includes("?entry")) return entry(contents);
      if (asked.path !== "/v4/files/got") return undefined;
      if (cut === SIZE) return answer(200, contents);
      await asked.say(answer(200, contents).slice(0, cut - SIZE));
      return "close";
    });
  };
  const get = () => run("get", "got", "-o", `${folder}/out/`, "--json", "--retries", "0");
  // A file of the user that looks like a part, and the part of another file.
  const others = [".got.0123456789ab.part", ".gotten.0123456789ab.part"];
  for (const name of others) await Deno.writeTextFile(`${folder}/out/${name}`, "mine");
  await Deno.chmod(`${folder}/out/${others[0]}`, 0o644);
  await Deno.chmod(`${folder}/out/${others[1]}`, 0o600);
  serving(CONTENTS, 20_000);
  strictEqual((await get()).reason, "connection-lost");
  const left = below(`${folder}/out`).filter((name) => !others.includes(name));
  strictEqual(left.length, 1);
  serving(CONTENTS.toUpperCase(), 10_000);
  strictEqual((await get()).reason, "connection-lost");
  const then = below(`${folder}/out`).filter((name) => !others.includes(name));
  strictEqual(then.length, 1);
  notStrictEqual(then[0], left[0]);
  serving(CONTENTS.toUpperCase(), SIZE);
  strictEqual((await get()).code, 0);
  deepStrictEqual(below(`${folder}/out`), [...others, "got"]);
});
