/**
 * The ciphers in chunks of several sizes, with memory released at once or by garbage collection.
 */
import {
  CbcDecryption,
  CbcEncryption,
  DECRYPTION_MARGIN,
  DecryptionKey,
  importAesKey,
} from "../shared/protocol3/crypto/cbc.ts";
import { releaseMemory } from "../shared/runtime.ts";

const KIB = 1024;
const SIZE = 64 * KIB * KIB;
const KEY = await importAesKey(new Uint8Array(32));
const DECRYPTION_KEY = new DecryptionKey(KEY);

/** Passes 64 MiB through a cipher, chunk by chunk. */
async function through(
  chunkSize: number,
  call: () => Promise<Uint8Array<ArrayBuffer>>,
  { release }: { readonly release: boolean },
): Promise<void> {
  for (let done = 0; done < SIZE; done += chunkSize) {
    const result = await call();
    if (release) releaseMemory(result);
  }
}

for (const kib of [64, 256, 512, 1024]) {
  const chunkSize = kib * KIB;
  const plain = new Uint8Array(chunkSize);
  const encrypted = new Uint8Array(chunkSize + DECRYPTION_MARGIN);
  const group = `${kib} KiB`;
  for (const release of [true, false]) {
    const memory = release ? "given back at once" : "left to the collector";
    Deno.bench(
      `encrypt 64 MiB by ${group}, memory ${memory}`,
      { group, baseline: release },
      async () => {
        const cipher = new CbcEncryption(KEY);
        await through(chunkSize, () => cipher.chunk(plain), { release });
      },
    );
    Deno.bench(`decrypt 64 MiB by ${group}, memory ${memory}`, { group }, async () => {
      const cipher = new CbcDecryption(DECRYPTION_KEY);
      await through(chunkSize, () => cipher.chunk(encrypted, chunkSize), { release });
    });
  }
}
