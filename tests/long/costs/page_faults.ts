/**
 * Encrypts several contents at once, as a client does that sends several files. With the argument
 * `keep` released memory is kept; with `none` nothing is encrypted.
 */
import { CbcEncryption, importAesKey } from "../../../shared/protocol3/crypto/cbc.ts";
import { releaseMemory, reuseReleasedMemory } from "../../../shared/runtime.ts";

const MIB = 1024 * 1024;

/** Contents at once, chunks of each, and pieces of each that wait to be sent. */
const CONTENTS = 4;
const CHUNKS = 128;
const WAITING = 4;

const key = await importAesKey(new Uint8Array(32));
const chunk = new Uint8Array(MIB);

async function encrypt(chunks: number): Promise<void> {
  const cipher = new CbcEncryption(key);
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  for (let i = 0; i < chunks; i++) {
    waiting.push(await cipher.chunk(chunk));
    const sent = waiting.length > WAITING ? waiting.shift() : undefined;
    if (sent !== undefined) releaseMemory(sent);
  }
  waiting.forEach(releaseMemory);
}

const [how] = Deno.args;
if (how === "keep") reuseReleasedMemory();
if (how !== "none") await Promise.all(Array.from({ length: CONTENTS }, () => encrypt(CHUNKS)));
