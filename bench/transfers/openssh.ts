import { join } from "node:path";
import type { Command } from "./timed.ts";

/** An OpenSSH server on the loopback, and the commands that send files to it. */
export interface OpenSsh extends AsyncDisposable {
  /** `scp` of a file or a folder. */
  scp(from: string, how?: { readonly cipher?: string }): Command;
  /** `sftp` of a file. */
  sftp(from: string): Promise<Command>;
  /** `rsync` of a file, where it is installed. */
  rsync(from: string): Command | undefined;
  /** Removes what was received. */
  forget(): Promise<void>;
}

const SSHD = "/usr/sbin/sshd";

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
export async function startOpenSsh(folder: string): Promise<OpenSsh | string> {
  if (!await exists(SSHD)) return "OpenSSH's server is not installed (Debian: openssh-server)";
  const port = freePort();
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
      "ListenAddress 127.0.0.1",
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${key}.pub`,
      "PasswordAuthentication no",
      "StrictModes no",
      "UsePAM no",
      "PidFile none",
      "Subsystem sftp internal-sftp",
      "",
    ].join("\n"),
  );
  const child = new Deno.Command(SSHD, {
    args: ["-D", "-e", "-f", config],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
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
  const rsync = await exists("/usr/bin/rsync");
  return {
    scp: (from, { cipher = CIPHERS.chacha } = {}) => [
      "scp",
      "-q",
      "-r",
      "-P",
      `${port}`,
      "-c",
      cipher,
      ...options,
      from,
      `127.0.0.1:${target}/`,
    ],
    async sftp(from) {
      const batch = join(folder, "sftp_batch");
      await Deno.writeTextFile(batch, `put ${from} ${target}/\n`);
      return ["sftp", "-q", "-P", `${port}`, "-b", batch, ...options, "127.0.0.1"];
    },
    rsync: (from) =>
      rsync
        ? [
          "rsync",
          "--whole-file",
          "--ignore-times",
          "-r",
          "-e",
          `ssh -p ${port} ${options.join(" ")}`,
          from,
          `127.0.0.1:${target}/`,
        ]
        : undefined,
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

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
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
