import { isIPv4, isIPv6 } from "node:net";

/** Where a visitor reached the page, as it may stand in a page or in a script. */
export interface VisitedHost {
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** The scheme, the host and the port: what links to the page begin with. */
  readonly origin: string;
}

/**
 * Labels of letters, digits, hyphens and underscores: nothing that a shell or HTML would act on.
 */
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * What a `Host` header says, and with which scheme. Undefined when it is not, to the letter, a host
 * with a port perhaps: it comes from the client, and what is returned goes into scripts that people
 * run.
 *
 * `forwarded` is the header `X-Forwarded-Proto` of a proxy that speaks TLS for us. Whoever sends it
 * himself changes nothing but his own answer, which nobody keeps.
 */
export function visitedHost(
  header: string | undefined,
  forwarded: string | undefined,
): VisitedHost | undefined {
  const text = header?.toLowerCase() ?? "";
  const [, literal, name, port] = /^(?:\[([0-9a-f:.]{2,45})\]|([^:[\]]+))(?::(\d{1,5}))?$/
    .exec(text) ?? [];
  const host = literal ?? name;
  if (host === undefined) return undefined;
  const isHost = literal !== undefined ? isIPv6(literal) : isIPv4(host) || NAME.test(host);
  const isPort = port === undefined || Number(port) >= 1 && Number(port) <= 65535;
  if (!isHost || !isPort) return undefined;
  return { host, origin: `${forwarded === "https" ? "https" : "http"}://${text}` };
}
