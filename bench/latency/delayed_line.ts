import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One end of a line. */
export interface LineEnd {
  /** Its IP address. */
  readonly address: string;
  /** Words in front of a command that run it there. */
  readonly through: readonly [string, ...string[]];
}

/**
 * A line between two network namespaces, each with a network stack of its own, that holds every
 * packet for the same time. Disposing ends it; processes at its ends should have ended before.
 */
export interface DelayedLine extends AsyncDisposable {
  readonly near: LineEnd;
  readonly far: LineEnd;
}

/** Addresses for private networks (RFC 1918), which only the two namespaces have. */
const ADDRESSES = ["10.77.0.1", "10.77.0.2"] as const;

const SOURCE = fileURLToPath(new URL("delay.c", import.meta.url));

/**
 * Opens a line on which an answer comes `roundTrip` milliseconds after the question, at the least.
 * The program that holds the packets is compiled into `folder`. Returns the reason where there can
 * be none: it needs Linux, its superuser, and a C compiler.
 */
export async function openDelayedLine(
  folder: string,
  { roundTrip }: { readonly roundTrip: number },
): Promise<DelayedLine | string> {
  const program = join(folder, "delay");
  try {
    await run(["cc", "-O2", "-Wall", "-o", program, SOURCE]);
  } catch (error) {
    return `cannot compile ${SOURCE}: ${reasonOf(error)}`;
  }
  // "env" runs a program that the permissions of the benchmark cannot name.
  const child = new Deno.Command("env", {
    args: [program, `${roundTrip / 2 * 1000}`],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  const [, ...descriptors] = /^ready (\d+) (\d+)\n/.exec(value) ?? [];
  const end = async () => {
    // Its standard input ends, and so does it.
    await child.stdin.close();
    await child.status;
    await reader.cancel();
  };
  const [near, far] = descriptors.map((descriptor, at): LineEnd => ({
    address: ADDRESSES[at] ?? "",
    through: ["nsenter", `--net=/proc/${child.pid}/fd/${descriptor}`, "--"],
  }));
  if (near === undefined || far === undefined) {
    await end();
    return "there is no network namespace or TUN device to be had (root can make them)";
  }
  try {
    await configure(near, far);
    await configure(far, near);
  } catch (error) {
    await end();
    return reasonOf(error);
  }
  return { near, far, [Symbol.asyncDispose]: end };
}

/** Gives the device at an end its address. */
async function configure({ address, through }: LineEnd, peer: LineEnd): Promise<void> {
  const commands = [
    ["link", "set", "lo", "up"],
    ["addr", "add", address, "peer", peer.address, "dev", "line"],
    ["link", "set", "line", "up"],
  ];
  for (const words of commands) await run([...through, "ip", ...words]);
}

async function run([program = "", ...args]: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`"${program}" failed: ${new TextDecoder().decode(stderr).trim()}`);
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "a program is not installed";
  return error instanceof Error ? error.message : String(error);
}
