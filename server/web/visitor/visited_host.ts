import { isIPv4, isIPv6 } from "node:net";

/** The host under which a visitor reached the page, safe to insert into a page or script. */
export interface VisitedHost {
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string;
  /** The scheme, host and port, with which links to the page begin. */
  readonly origin: string;
}

/** Labels of letters, digits, hyphens and underscores: nothing special to a shell or HTML. */
const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * Parses a `Host` header. Returns undefined unless it is exactly a host with an optional port: it
 * comes from the client, and the result is inserted into scripts that people run.
 *
 * `forwarded` is the header `X-Forwarded-Proto` of a proxy that terminates TLS. A client that sends
 * it changes only its own response, which is not cached.
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
