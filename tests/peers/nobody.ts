import type { Address } from "../../shared/text/address.ts";

/** Where nobody listens: port 1 (tcpmux) is unused on any machine of our time. */
export const NOBODY: Address = { host: "127.0.0.1", port: 1 };
