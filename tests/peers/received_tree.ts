import { ScriptedFiles } from "./scripted_files.ts";
import { TestClock } from "./test_clock.ts";
import type { ConflictChoice } from "../../client/remote/conflict_asker.ts";
import { type Received, TreeReceiver } from "../../client/receive/receive_tree.ts";

/** A text in UTF-8. */
export const bytes = (text: string) => new TextEncoder().encode(text);
/** A folder. */
export const PHOTOS = { path: "photos", modified: 1_600_000_000_000 };
/** A file in it. */
export const A = {
  path: "photos/a.jpg",
  contents: bytes("aaa"),
  modified: 1_500_000_000_123,
  mode: 0o755,
};

/** Fetches `photos` of a tree into a folder; returns the status of each entry, or its error. */
export async function receive(
  remote: ScriptedFiles,
  folder: string,
  { allLinks = false, choice = "refuse", retries = 0 }: {
    readonly allLinks?: boolean;
    readonly choice?: ConflictChoice;
    readonly retries?: number;
  } = {},
): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = {};
  const receiver = new TreeReceiver({
    ...{
      remote,
      folder,
      allLinks,
      retries,
      parallel: 3,
      clock: new TestClock({ skips: () => true }),
    },
    onConflict: () => Promise.resolve(choice),
    onProgress: () => {},
    onReceived: (received: Received) => {
      told[received.entry.path.join("/")] = received.status === "failed"
        ? received.error.reason
        : received.status;
    },
  });
  await receiver.receive(ScriptedFiles.entry(PHOTOS), "photos");
  return told;
}

/** Calls `act` with a folder that is removed afterwards. */
export async function inTemporary(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sealpost_test_" });
  try {
    await act(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
