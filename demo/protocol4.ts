import { join, relative } from "node:path";
import { formatSize } from "../shared/settings/quantity.ts";
import { filesBelow, makeRandomFile, sameContents } from "./files.ts";
import { expect, runTask, startClient, tell } from "./story.ts";

const NAME = "maya";
const BIG_SIZE = 256 * 1024 * 1024;

/** Bytes on the server's disk at which the client is ended. */
const ENOUGH = 32 * 1024 * 1024;

export interface Surroundings {
  /** A folder for the client's files. */
  readonly folder: string;
  /** The data folder of the server. */
  readonly data: string;
  /** The server's address, with its key. */
  readonly address: string;
}

/** Protocol 4: pins the server, sends a folder, is ended amid it, goes on, and fetches it. */
export async function showProtocol4(
  { folder, data, address }: Surroundings,
): Promise<void> {
  const photos = join(folder, "photos");
  const run = (command: string, ...args: readonly string[]) =>
    client([command, ...args, "--dir", folder]);

  tell(
    "\n6. Protocol 4: a folder of its own is made, with a file of " +
      `${formatSize(BIG_SIZE)} in it.`,
  );
  await Deno.mkdir(join(photos, "2026"), { recursive: true });
  for (let n = 1; n <= 5; n++) {
    await makeRandomFile(join(photos, `small ${n}.jpg`), 4096 * n);
  }
  await makeRandomFile(join(photos, "2026", "big.mov"), BIG_SIZE);

  tell("\n7. The client logs in: the server has to prove the key in its address.");
  tell(`    ${address}`);
  await run("login", address, "--name", NAME);

  tell(`\n8. It sends the folder, and is ended amid it, by SIGKILL.`);
  const sending = startClient(["send", photos, "--dir", folder]);
  await sizeOnDisk(data, ENOUGH);
  sending.kill("SIGKILL");
  await sending.status;
  tell(`    Ended when at least ${formatSize(ENOUGH)} of big.mov were on the server's disk.`);

  tell("\n9. The same command again sends what is missing, and nothing else.");
  await run("send", photos);
  await run("ls", "-l", "-r");

  tell("\n10. The folder comes back, and is compared byte for byte.");
  await run("get", "photos", "-o", join(folder, "back"));
  for (const path of filesBelow(photos)) {
    const back = join(folder, "back", "photos", relative(photos, path));
    expect(await sameContents(path, back), `${back} is not what was sent`);
  }
  tell("    All files are identical.");
}

/** Runs the client, and shows what it prints. */
async function client(args: readonly string[]): Promise<void> {
  const { code, output } = await runTask("client", args);
  for (const line of output.split("\n").filter((line) => line !== "")) tell(`    ${line}`);
  expect(code === 0, `The client ended with exit code ${code}`);
}

/** Resolves when a file of contents in the data folder has so many bytes. */
async function sizeOnDisk(data: string, size: number): Promise<void> {
  const contents = join(data, "contents");
  for (let left = 2_000; left > 0; left--) {
    try {
      for (const path of filesBelow(contents)) {
        if ((await Deno.stat(path)).size >= size) return;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(false, "Nothing of the folder came to the server");
}
