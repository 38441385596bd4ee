/** Opens a listener, as `Deno.listen()` does for TCP. */
export type Listen = (
  options: { readonly hostname: string; readonly port: number },
) => Deno.TcpListener;

/** The addresses that stand for all those of a family. */
const ALL = { ipv4: "0.0.0.0", ipv6: "::" } as const;

/** A listener, and the hosts that it serves. */
export interface HostsListener {
  readonly listener: Deno.TcpListener;
  readonly hosts: readonly string[];
}

/**
 * Listens on every address of this machine: over IPv6 and IPv4, by one listener or by two, as the
 * system has it, on the same port; over one of them where there is no other. Throws what `listen`
 * throws, with nothing open.
 */
export function listenOnEveryAddress(
  port: number,
  { listen }: { readonly listen: Listen },
): readonly HostsListener[] {
  const { ipv4, ipv6 } = ALL;
  let listener: Deno.TcpListener;
  let both: boolean;
  try {
    both = takesBoth(listen);
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
 * Whether a listener for IPv6 takes IPv4 too. Linux and macOS have it so unless they were told
 * otherwise, Windows does not. Then the port is taken for IPv4, which is tried on one that is free.
 */
function takesBoth(listen: Listen): boolean {
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
  // EAFNOSUPPORT of Linux, macOS and Windows, which Deno has no name for.
  return error instanceof Error && /\(os error (?:97|47|10047)\)/.test(error.message);
}
