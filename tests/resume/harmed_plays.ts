import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { type Fault, FaultProxy, type Passed } from "../faults/fault_proxy.ts";
import { pinnedApplication } from "../protocol4/fixtures/pinned_application.ts";

/** What goes wrong once while a user does all that there is to do. */
export interface Harm {
  /** The number of the answer that never arrives, by the pieces in which answers come. */
  readonly dropped?: number;
  /** What happens to a connection, outside of its TLS. */
  readonly fault?: Fault;
}

/** What passed in a play. */
export interface Played {
  /** Pieces of answers. */
  readonly answers: number;
  /** Bytes of each connection. */
  readonly passed: readonly Passed[];
  /** Whether the fault happened. */
  readonly struck: boolean;
}

/**
 * Has the client log in, send, list, move, fetch and remove; fails when any command does, or when
 * what came back is not what was sent.
 */
export async function play({ dropped, fault }: Harm): Promise<Played> {
  let answers = 0;
  await using pinned = await pinnedApplication({ dropsAnswer: () => answers++ === dropped });
  await using proxy = new FaultProxy(pinned.peer.address, fault);
  await using folder = await temporaryFolder();
  const at = (...names: readonly string[]) => join(folder.path, ...names);
  await Deno.mkdir(at("photos", "empty"), { recursive: true });
  await Deno.mkdir(at("config"));
  const contents = { "a.txt": 300, "b.txt": 0, "large.bin": 1_200_000 };
  for (const [name, size] of Object.entries(contents)) {
    await Deno.writeFile(at("photos", name), seededBytes(size, size));
  }
  const run = async (command: string, ...words: readonly string[]): Promise<string> => {
    const args = [command, ...words, "--dir", at("config")];
    const { code, stdout, stderr } = await runClient(args, { stdin: "from a pipe" });
    strictEqual(code, 0, `${command}: ${stdout}${stderr}`);
    return stdout;
  };
  const spki = pinned.served.serverKey.spki;
  await run("login", formatServerAddress({ ...proxy.address, spki }), "--name", "maya");
  await run("send", at("photos"));
  await run("send", "-", "--as", "piped");
  await run("mv", "photos", "pictures");
  const listed = ["pictures/", "pictures/a.txt", "pictures/b.txt", "pictures/empty/"];
  strictEqual(await run("ls", "-r"), [...listed, "pictures/large.bin", "piped", ""].join("\n"));
  await run("get", "pictures", "-o", at("back"));
  for (const [name, size] of Object.entries(contents)) {
    deepStrictEqual(await Deno.readFile(at("back", "pictures", name)), seededBytes(size, size));
  }
  await run("get", "piped", "-o", at("back"));
  strictEqual(await Deno.readTextFile(at("back", "piped")), "from a pipe");
  await run("rm", "-r", "pictures");
  await run("rm", "piped");
  strictEqual(await run("ls"), "");
  return { answers, passed: proxy.passed, struck: proxy.struck };
}
