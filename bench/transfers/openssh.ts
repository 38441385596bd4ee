import { basename, join } from "node:path";
import { expectSame } from "./expect_same.ts";
import type { Command } from "./timed.ts";
import { ownPort } from "../../tests/peers/own_port.ts";

/** An OpenSSH server, and the commands that send files to it and fetch them. */
export interface OpenSsh extends AsyncDisposable {
  /** The id of the server's process. */
  readonly pid: number;
  /** The folder into which files are sent, and from which they are fetched. */
  readonly target: string;
  /** `scp` of a file or a folder. */
  scp(from: string, how?: HowCopied): Command;
  /** `sftp` of a file or a folder. */
  sftp(from: string, how?: Pick<HowCopied, "back">): Promise<Command>;
  /** `rsync` of a file or a folder, where it is installed. */
  rsync(from: string, how?: Pick<HowCopied, "back">): Command | undefined;
  /** Throws unless a file or a folder was received as it is. */
  check(from: string): Promise<void>;
  /** Removes what was received. */
  forget(): Promise<void>;
}

/** How something is copied. */
export interface HowCopied {
  /** Default: OpenSSH's own first choice. */
  readonly cipher?: string;
  /** The local folder into which something is fetched; it is sent by default. */
  readonly back?: string;
}

/** Where both programs run. */
export interface SshPlaces {
  /** The address of the server; loopback by default. */
  readonly address?: string;
  /** Words in front of the commands of the server and the client; none by default. */
  readonly server?: readonly string[];
  readonly client?: readonly string[];
}

const SSHD = "/usr/sbin/sshd";

/** A folder that a server of root wants to be there, and that Debian makes when it starts one. */
const EMPTY = "/run/sshd";

/**
 * The ciphers that are measured: OpenSSH's default, and the one that is fastest with AES in
 * hardware.
 */
export const CIPHERS = {
  chacha: "chacha20-poly1305@openssh.com",
  gcm: "aes256-gcm@openssh.com",
} as const;

/**
 * Starts a separate OpenSSH server, with its own keys, below `folder`. Returns the reason if that
 * fails: it is not installed, or may not run.
 */
export async function startOpenSsh(
  folder: string,
  { address = "127.0.0.1", server = [], client = [] }: SshPlaces = {},
): Promise<OpenSsh | string> {
  if (!await exists(SSHD)) return "OpenSSH's server is not installed (Debian: openssh-server)";
  const port = await ownPort();
  const key = join(folder, "client_key");
  const hostKey = join(folder, "host_key");
  const target = join(folder, "received");
  await Deno.mkdir(target);
  for (const path of [key, hostKey]) {
    await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path]);
  }
  const config = join(folder, "sshd_config");
  await Deno.writeTextFile(
    config,
    [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${key}.pub`,
      "PasswordAuthentication no",
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      "Subsystem sftp internal-sftp",
      // What the user's shell does at its start is no part of a transfer.
      `SetEnv HOME=${folder}`,
      "",
    ].join("\n"),
  );
  // Others than root need no such folder, and cannot make it.
  if (!await exists(EMPTY)) await Deno.mkdir(EMPTY, { mode: 0o755 }).catch(() => {});
  const [program = SSHD, ...args] = [...server, SSHD, "-D", "-e", "-f", config];
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  const said = await firstLine(child.stderr);
  if (!said.startsWith("Server listening")) {
    await child.status;
    return `OpenSSH's server does not start: ${said}`;
  }
  const options = [
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
    "-i",
    key,
  ];
  const hasRsync = await exists("/usr/bin/rsync");
  const commandOf = (...words: readonly string[]): Command => {
    const [first = "", ...rest] = [...client, ...words];
    return [first, ...rest];
  };
  const inTarget = (path: string) => `${target}/${basename(path)}`;
  return {
    pid: child.pid,
    target,
    scp: (from, { cipher = CIPHERS.chacha, back } = {}) =>
      commandOf(
        ...["scp", "-q", "-r", "-P", `${port}`, "-c", cipher, ...options],
        ...back === undefined
          ? [from, `${address}:${target}/`]
          : [`${address}:${inTarget(from)}`, back],
      ),
    async sftp(from, { back } = {}) {
      const way = back === undefined ? "put" : "get";
      const batch = join(folder, `sftp_${way}_${basename(from)}`);
      const line = back === undefined
        ? `put -r ${from} ${target}/`
        : `get -r ${inTarget(from)} ${back}/`;
      await Deno.writeTextFile(batch, `${line}\n`);
      return commandOf("sftp", "-q", "-P", `${port}`, "-b", batch, ...options, address);
    },
    rsync: (from, { back } = {}) =>
      hasRsync
        ? commandOf(
          ...["rsync", "--whole-file", "--ignore-times", "-r"],
          ...["-e", `ssh -p ${port} ${options.join(" ")}`],
          ...back === undefined
            ? [from, `${address}:${target}/`]
            : [`${address}:${inTarget(from)}`, `${back}/`],
        )
        : undefined,
    check: (from) => expectSame(from, inTarget(from)),
    async forget() {
      await Deno.remove(target, { recursive: true });
      await Deno.mkdir(target);
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

async function run([program, ...args]: Command): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`"${program}" failed: ${new TextDecoder().decode(stderr)}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  // Its later output is not used, but has to be read.
  (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {});
  return text.trim().split("\n")[0] ?? "";
}
