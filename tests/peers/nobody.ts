import type { Address } from "../../shared/text/address.ts";

/** An address at which nothing listens: port 1 (tcpmux) is unused on today's machines. */
export const NOBODY: Address = { host: "127.0.0.1", port: 1 };
