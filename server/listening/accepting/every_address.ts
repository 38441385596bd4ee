/** Opens a listener, as `Deno.listen()` does for TCP. */
export type Listen = (
  options: { readonly hostname: string; readonly port: number },
) => Deno.TcpListener;

/** The wildcard address of each family. */
const ALL = { ipv4: "0.0.0.0", ipv6: "::" } as const;

/** A listener and its hosts. */
export interface HostsListener {
  readonly listener: Deno.TcpListener;
  readonly hosts: readonly string[];
}

/**
 * Listens on every address of this machine, over IPv6 and IPv4 on the same port, with one listener
 * or two depending on the system; over one family if there is no other. Throws the errors of
 * `listen`, with nothing left open.
 */
export function listenOnEveryAddress(
  port: number,
  { listen }: { readonly listen: Listen },
): readonly HostsListener[] {
  const { ipv4, ipv6 } = ALL;
  let listener: Deno.TcpListener;
  let both: boolean;
  try {
    both = acceptsBoth(listen);
    listener = listen({ hostname: ipv6, port });
  } catch (error) {
    if (!isWithout(error)) throw error;
    return [{ listener: listen({ hostname: ipv4, port }), hosts: [ipv4] }];
  }
  if (both) return [{ listener, hosts: [ipv4, ipv6] }];
  try {
    const other = listen({ hostname: ipv4, port: listener.addr.port });
    return [{ listener: other, hosts: [ipv4] }, { listener, hosts: [ipv6] }];
  } catch (error) {
    if (isWithout(error)) return [{ listener, hosts: [ipv6] }];
    listener.close();
    throw error;
  }
}

/**
 * Whether a listener for IPv6 accepts IPv4 too: by default on Linux and macOS, not on Windows. Its
 * port is then in use for IPv4, which is tested on a free port.
 */
function acceptsBoth(listen: Listen): boolean {
  using first = listen({ hostname: ALL.ipv6, port: 0 });
  try {
    listen({ hostname: ALL.ipv4, port: first.addr.port }).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return true;
    if (isWithout(error)) return false;
    throw error;
  }
}

/** Whether this system lacks an address family. */
function isWithout(error: unknown): boolean {
  if (error instanceof Deno.errors.AddrNotAvailable) return true;
  // EAFNOSUPPORT of Linux, macOS and Windows, for which Deno has no class.
  return error instanceof Error && /\(os error (?:97|47|10047)\)/.test(error.message);
}
