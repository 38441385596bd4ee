/** Builds the WebAssembly bytes of `reverse_bits.wat`: `deno task wasm`. */
import { Buffer } from "node:buffer";
import wabt from "wabt";

const TEXT = new URL("../shared/cksum/reverse_bits.wat", import.meta.url);
const BYTES = new URL("../shared/cksum/reverse_bits_wasm.ts", import.meta.url);

/** The source of the module with the bytes. */
export async function buildModule(): Promise<string> {
  const { parseWat } = await wabt();
  // The library's types lack this feature.
  const features = { simd: true, relaxed_simd: true } as Parameters<typeof parseWat>[2];
  const parsed = parseWat("reverse_bits.wat", await Deno.readTextFile(TEXT), features);
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString("base64");
  parsed.destroy();
  const lines = base64.match(/.{1,80}/g) ?? [];
  return [
    "/** Made from `reverse_bits.wat` by `deno task wasm`: the module's bytes in base64. */",
    "export const REVERSE_BITS_WASM: string = [",
    ...lines.map((line) => `  ${JSON.stringify(line)},`),
    '].join("");',
    "",
  ].join("\n");
}

if (import.meta.main) await Deno.writeTextFile(BYTES, await buildModule());
