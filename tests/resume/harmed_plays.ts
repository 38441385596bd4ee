import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { seededBytes } from "../end_to_end/fixtures/seeded_bytes.ts";
import { type Fault, FaultProxy, type Passed } from "../faults/fault_proxy.ts";
import { type Piece, pinnedApplication } from "../protocol4/fixtures/pinned_application.ts";
import { Marks, type Place } from "./marks.ts";

/** What goes wrong once while a user does all that there is to do. */
export interface Harm {
  /** The number of the answer that never arrives, by the pieces in which answers come. */
  readonly dropped?: number;
  /** What happens to a connection, outside of its TLS. */
  readonly fault?: Fault;
  /** Where a connection ends by what is said inside of its TLS. */
  readonly end?: Place;
}

/** What passed in a play. */
export interface Played {
  /** Pieces of answers. */
  readonly answers: number;
  /** Places where heads, frames and pieces end inside of TLS, and those beside them. */
  readonly ends: readonly Place[];
  /** Bytes of each connection. */
  readonly passed: readonly Passed[];
  /** Whether the fault, or the end, happened. */
  readonly struck: boolean;
}

/**
 * Has the client log in, send, list, move, fetch and remove; fails when any command does, or when
 * what came back is not what was sent.
 */
export async function play({ dropped, fault, end }: Harm): Promise<Played> {
  let answers = 0;
  let hasEnded = false;
  const marks = new Marks();
  const onPiece = ({ bytes, ...way }: Piece): number | undefined => {
    const before = marks.add(way, bytes);
    const { connection, direction } = way;
    if (direction === "toClient" && answers++ === dropped) return 0;
    const last = end?.connection === connection && end.direction === direction
      ? end.after - before
      : Infinity;
    if (hasEnded || last > bytes.byteLength) return undefined;
    hasEnded = true;
    return last;
  };
  await using pinned = await pinnedApplication({ onPiece });
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
  const struck = proxy.struck || hasEnded;
  return { answers, passed: proxy.passed, ends: marks.around, struck };
}
