import {
  choice,
  isRevisionName,
  type Kind,
  kind,
  type RevisionChoice,
} from "../../shared/settings/kind.ts";
import { hostFault } from "../../shared/text/address.ts";

/** Every address of this machine, over IPv6 and IPv4. */
export const EVERY_ADDRESS = "*";

/** The address of a page. */
export interface WebSetting {
  /** A host name, an IPv4 address, an IPv6 address without brackets, or `EVERY_ADDRESS`. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** The address of a listener, and what it speaks. */
export interface ListenSetting extends WebSetting {
  /** The revision of this listener. Default: that of the server. */
  readonly revision?: RevisionChoice;
  /** Its protocols. Default: those of the server. */
  readonly protocols?: ProtocolsChoice;
}

/** A port; 0 for any free one. */
export const portNumber: Kind<number> = kind({
  metavar: "N",
  parse: parsePort,
  expected: "a port from 0 to 65535",
});

/** An address of this machine, without a port; an IPv6 address may have brackets. */
export const listenHost: Kind<string> = kind({
  metavar: "ADDRESS",
  parse(text) {
    const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
    return host === "" || /\s/.test(host) || hostFault(host) !== undefined ? undefined : host;
  },
  expected: "an address of this machine",
  fault: faultOf,
});

/** The value of `--listen`. */
export const listenAddress: Kind<ListenSetting> = kind<ListenSetting>({
  metavar: "HOST:PORT[=REVISION]",
  parse: parseListen,
  expected: "HOST:PORT, HOST:PORT=REVISION or HOST:PORT=4, for instance 127.0.0.1:1357=2023c",
  fault: faultOf,
});

/** The address of a page, without a revision. */
export const webAddress: Kind<WebSetting> = kind<WebSetting>({
  metavar: "HOST:PORT",
  parse(text) {
    const setting = parseListen(text);
    // The page's server listens on one address only.
    if (setting?.host === EVERY_ADDRESS) return undefined;
    return setting?.protocols === undefined && setting?.revision === undefined
      ? setting
      : undefined;
  },
  expected: "HOST:PORT, for instance 127.0.0.1:8256",
  fault: faultOf,
});

const LISTEN = /^(?:\[([0-9A-Fa-f:.]+(?:%[^\]]*)?)\]|([^:=\s[\]]+)):(\d+)(?:=(\w+))?$/;

/** Returns the fault of a host; undefined if the host is valid. */
function faultOf(text: string): string | undefined {
  const [, literal, name] = LISTEN.exec(text) ?? [];
  return hostFault(literal ?? name ?? text.replace(/^\[(.*)\]$/, "$1"));
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function parseListen(text: string): ListenSetting | undefined {
  const match = LISTEN.exec(text);
  const host = match?.[1] ?? match?.[2];
  const number = parsePort(match?.[3] ?? "");
  if (host === undefined || number === undefined || hostFault(host) !== undefined) return undefined;
  const spoken = match?.[4];
  if (spoken === undefined) return { host, port: number };
  if (spoken === "4" || spoken === "3") return { host, port: number, protocols: spoken };
  if (spoken === "auto") return { host, port: number, revision: spoken };
  // Who names a revision wants a listener for clients of protocol 3.
  return isRevisionName(spoken)
    ? { host, port: number, revision: spoken, protocols: "3" }
    : undefined;
}

/** The protocols of a listener: one of them, or both on the same port. */
export type ProtocolsChoice = "3,4" | "3" | "4";

/** The value of `--protocols`. */
export const protocolsChoice: Kind<ProtocolsChoice> = choice("PROTOCOLS", ["3,4", "3", "4"]);
