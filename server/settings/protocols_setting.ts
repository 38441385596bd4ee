import { choice, type Kind } from "../../shared/settings/kind.ts";

/** The protocols of a listener: one of them, or both on the same port. */
export type ProtocolsChoice = "3,4" | "3" | "4";

/** The value of `--protocols`. */
export const protocolsChoice: Kind<ProtocolsChoice> = choice("PROTOCOLS", ["3,4", "3", "4"]);
