import assert from "node:assert/strict";
import type { TreeStorage } from "../../server/storage/storage.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { append } from "../storage/uploaded_contents.ts";
import { fileOf } from "../storage/trees_under_test.ts";
import type { UploadKey } from "../../server/storage/trees/uploads.ts";
import { deviceIdOf } from "../../server/storage/trees/accounts.ts";
import { type ClientId, clientIdOf } from "../../shared/wire/client_id.ts";
import { contentsOf, type StepFile, type TreeStep, UPLOAD } from "./tree_steps.ts";

/** The account of the steps. */
export const CLIENT: ClientId = clientIdOf(new Uint8Array(16).fill(0xa1));

/** What was asked of a storage, or promised by it. */
export type StepNote =
  | { readonly kind: "registered" }
  | { readonly kind: "upload"; readonly id: string }
  | { readonly kind: "begun"; readonly step: TreeStep }
  /** The last step that was begun. */
  | { readonly kind: "done" }
  /** An offset of the upload. */
  | { readonly kind: "told"; readonly offset: number };

export interface TakeStepsOptions {
  readonly storage: Pick<TreeStorage, "accounts" | "tree" | "contents" | "uploads">;
  readonly steps: readonly TreeStep[];
  readonly note: (note: StepNote) => void;
  /** Puts the date forward, so that what was released can be swept. */
  readonly later: () => void;
}

/** Registers an account, and takes all steps. */
export async function takeTreeSteps(
  { storage, steps, note, later }: TakeStepsOptions,
): Promise<void> {
  const id = deviceIdOf(new Uint8Array(16));
  const device = { id, publicKey: new Uint8Array(32), label: "" };
  await storage.accounts.register({ id: CLIENT, name: "Alice", device });
  note({ kind: "registered" });
  const plan = { clientId: CLIENT, path: UPLOAD.path, size: UPLOAD.size, mtime: "1" };
  const { upload } = await storage.uploads.create(plan);
  note({ kind: "upload", id: upload.id });
  for (const step of steps) {
    note({ kind: "begun", step });
    if (step.does === "sweep") {
      later();
      await storage.contents.sweep();
    } else {
      await take(step, { storage, key: upload, note });
    }
    note({ kind: "done" });
  }
}

async function take(
  step: Exclude<TreeStep, { does: "sweep" }>,
  { storage, key, note }: Pick<TakeStepsOptions, "storage" | "note"> & { readonly key: UploadKey },
): Promise<void> {
  const { tree, uploads } = storage;
  switch (step.does) {
    case "put":
      await tree.record(CLIENT, await fileFor(storage, step.file));
      return;
    case "batch": {
      const files = await Promise.all(step.files.map((file) => fileFor(storage, file)));
      const recorded = await tree.recordAll(CLIENT, files);
      assert(!recorded.some((one) => one instanceof StorageError));
      return;
    }
    case "append": {
      const opened = await uploads.open(key);
      await append(opened, contentsOf(UPLOAD).subarray(0, step.to));
      note({ kind: "told", offset: await opened.end("whole") });
      return;
    }
    case "commit":
      await commitUpload(storage, key);
      return;
    case "move":
      await tree.move({ clientId: CLIENT, ...step, replace: true, parents: true });
      return;
    case "remove":
      await tree.remove({ clientId: CLIENT, path: step.path, recursive: true });
  }
}

/** Commits the upload of the steps. */
export async function commitUpload(
  { uploads }: Pick<TreeStorage, "uploads">,
  key: UploadKey,
): Promise<void> {
  const tree = new Uint8Array(32);
  await uploads.commit({ ...key, size: UPLOAD.size, tree, parents: true });
}

function fileFor(storage: TakeStepsOptions["storage"], { path, size }: StepFile) {
  return fileOf(storage, { path, content: contentsOf({ size }), parents: true });
}
