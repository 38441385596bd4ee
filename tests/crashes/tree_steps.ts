import { lcg } from "../kernel/golden_vectors.ts";

/** A file of a step: its contents follow from its size. */
export interface StepFile {
  readonly path: string;
  readonly size: number;
}

/** A change of a tree that a crash may interrupt. Each is there as a whole afterwards, or not. */
export type TreeStep =
  | { readonly does: "put"; readonly file: StepFile }
  /** Several files, in one transaction. */
  | { readonly does: "batch"; readonly files: readonly StepFile[] }
  /** Appends to the upload to `UPLOAD.path`, up to an offset. */
  | { readonly does: "append"; readonly to: number }
  | { readonly does: "commit" }
  | { readonly does: "move"; readonly from: string; readonly to: string }
  | { readonly does: "remove"; readonly path: string }
  /** Removes what nothing needs: nothing is to be seen of it. */
  | { readonly does: "sweep" };

/** The upload of the steps. */
export const UPLOAD: StepFile = { path: "uploads/video.mp4", size: 2_500_000 };

const files = (folder: string, count: number, size: number): readonly StepFile[] =>
  Array.from({ length: count }, (_, n) => ({ path: `${folder}/${n}`, size: size + n }));

/** Steps with every way that contents come, go and move. */
export const TREE_STEPS: readonly TreeStep[] = [
  { does: "put", file: { path: "a/small", size: 1_000 } },
  { does: "put", file: { path: "a/big", size: 150_000 } },
  { does: "append", to: 1_500_000 },
  { does: "put", file: { path: "a/big", size: 140_000 } },
  { does: "batch", files: [...files("batch", 12, 3_000), ...files("batch/large", 3, 70_000)] },
  { does: "append", to: UPLOAD.size },
  { does: "move", from: "a", to: "b/c" },
  { does: "commit" },
  { does: "sweep" },
  { does: "put", file: { path: "b/c/small", size: 80_000 } },
  { does: "put", file: { path: "b/c/big", size: 2_000 } },
  { does: "move", from: "batch/large", to: "b/c/small" },
  // Enough for a checkpoint.
  { does: "batch", files: files("more", 70, 60_000) },
  { does: "remove", path: "batch" },
  { does: "sweep" },
  { does: "put", file: { path: "last", size: 100_000 } },
];

/** The same in few and small steps. */
export const FEW_TREE_STEPS: readonly TreeStep[] = [
  { does: "put", file: { path: "a/small", size: 10 } },
  { does: "put", file: { path: "a/big", size: 70_000 } },
  { does: "append", to: 1_100_000 },
  { does: "put", file: { path: "a/big", size: 66_000 } },
  { does: "batch", files: [...files("batch", 3, 20), ...files("batch/large", 2, 70_000)] },
  { does: "append", to: UPLOAD.size },
  { does: "move", from: "a", to: "b/c" },
  { does: "commit" },
  { does: "move", from: "batch/large", to: "b/c/big" },
  { does: "remove", path: "batch" },
  { does: "sweep" },
];

/** The contents of a file of a step. */
export function contentsOf({ size }: Pick<StepFile, "size">): Uint8Array {
  return lcg(size, size);
}

/** What a tree may be: the sizes of its files by path. */
export type TreeState = ReadonlyMap<string, number>;

/**
 * Returns the states that a tree may be in when a step was begun in this state, the last if done.
 */
export function statesAfter(step: TreeStep, state: TreeState): readonly TreeState[] {
  switch (step.does) {
    case "put":
      return [state, with_(state, [step.file])];
    case "batch":
      return [state, with_(state, step.files)];
    case "commit":
      return [state, with_(state, [UPLOAD])];
    case "move": {
      const isMoved = ([path]: readonly [string, number]) => path.startsWith(`${step.from}/`);
      const kept = [...state].filter((file) => !isMoved(file) && file[0] !== step.to);
      const moved = [...state].filter(isMoved)
        .map(([path, size]) => [step.to + path.slice(step.from.length), size] as const);
      return [state, new Map([...kept, ...moved])];
    }
    case "remove":
      return [state, new Map([...state].filter(([path]) => !path.startsWith(`${step.path}/`)))];
    case "append":
    case "sweep":
      return [state];
  }
}

function with_(state: TreeState, added: readonly StepFile[]): TreeState {
  return new Map([...state, ...added.map(({ path, size }) => [path, size] as const)]);
}
