/** Made from `reverse_bits.wat` by `deno task wasm`: the module's bytes in base64. */
export const REVERSE_BITS_WASM: string = [
  "AGFzbQEAAAABBQFgAX8AAwIBAAUDAQACBxQCBm1lbW9yeQIAB3JldmVyc2UAAApyAXACAX8Ee/0MAIBA",
  "wCCgYOAQkFDQMLBw8CED/QwACAQMAgoGDgEJBQ0DCwcPIQRBD/0PIQUCQANAIAEgAE8NASAB/QAEACEC",
  "IAEgAyACIAX9Tv2AAiAEIAJBBP1t/YAC/VD9CwQAIAFBEGohAQwACwsL",
].join("");
