import { BlockList, isIP } from "node:net";
import { type Kind, kind } from "../../shared/settings/kind.ts";

/** A network of IP addresses. */
export interface Network {
  /** Its first address. */
  readonly address: string;
  /** How many bits all its addresses have in common. */
  readonly bits: number;
}

/** An IP address, or a network of them in the notation of CIDR (RFC 4632). */
export const network: Kind<Network> = kind<Network>({
  metavar: "CIDR",
  parse(text) {
    const [, address = "", length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const most = { 0: undefined, 4: 32, 6: 128 }[isIP(address)];
    const bits = length === undefined ? most : Number(length);
    return most === undefined || bits === undefined || bits > most ? undefined : { address, bits };
  },
  expected: "an IP address or a network, such as 10.0.0.0/8 or fd00::/8",
  format: ({ address, bits }) => `${address}/${bits}`,
});

/** Returns whether an IP address is in one of some networks. */
export function inNetworks(networks: readonly Network[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const { address, bits } of networks) list.addSubnet(address, bits, familyOf(address));
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
