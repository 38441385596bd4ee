/** That deviations are served costs official clients nothing, but for the second key. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { type Counts, FLAGS } from "./executed.ts";
import type { Tolerated } from "./tolerated.ts";

/** What tries the end of a message under both halves of a key (decision 0050). */
const TRYING_KEYS: ReadonlySet<string> = new Set([
  "server/protocol3/uploads/decryption.ts endUnder",
  "server/protocol3/uploads/file_key.ts ",
  "server/protocol3/uploads/file_key.ts #makeCipher",
  "server/protocol3/uploads/file_key.ts decrypt",
  "server/protocol3/uploads/upload.ts #chooseKey",
  "shared/protocol3/crypto/cbc.ts paddingSize",
  "shared/protocol3/parsing/packet_sequence.ts fits",
]);

/** Where a file begins, it is decided whether both halves are tried: in 2024a and 2024c only. */
const DECIDING = "server/protocol3/transfer/begin_upload.ts beginUpload";

/**
 * What may be executed more often for tiny files; it is less for all others. Measured: 1.083, since
 * all of a file takes fewer steps than it did.
 */
const MOST = 1.1;

Deno.test("To serve deviations costs official clients no step but for a second key", async () => {
  const counted = await tolerated();
  strictEqual(counted.length, 10);
  for (const { revision, files, strict, tolerant } of counted) {
    // 2,749 were counted: far fewer would mean that files were not served.
    ok(sum(strict) > 1_000, `${sum(strict)} steps`);
    const other = differing(strict, tolerant).filter((name) => name !== DECIDING);
    if (!REVISIONS[revision].packets) {
      deepStrictEqual(other, [], revision);
      continue;
    }
    deepStrictEqual(other.filter((name) => !TRYING_KEYS.has(name)), [], revision);
    // Once with each half, however many packets a file has.
    strictEqual(
      callsOf("server/protocol3/uploads/decryption.ts endUnder", tolerant),
      2 * files,
      revision,
    );
    ok(sum(tolerant) <= MOST * sum(strict), `${sum(tolerant)} steps, and ${sum(strict)}`);
  }
});

async function tolerated(): Promise<readonly Tolerated[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", FLAGS],
      ...["--allow-net=127.0.0.1", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"],
      new URL("tolerated.ts", import.meta.url).href,
    ],
  }).output();
  strictEqual(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The functions of which something is executed more often in one case than in the other. */
function differing(one: Counts, other: Counts): readonly string[] {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  const names = keys.filter((key) => one[key] !== other[key])
    .map((key) => key.slice(0, key.lastIndexOf(" ")));
  return [...new Set(names)].sort();
}

/** How often a function was called: it comes before the branches and loops in it. */
function callsOf(name: string, counts: Counts): number {
  return Object.entries(counts).find(([key]) => key.startsWith(`${name} `))?.[1] ?? 0;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
