/**
 * Counts how often each function, branch and loop of the sources is executed, which is the same on
 * every machine and in every run, unlike time. Only in a process whose V8 optimizes nothing
 * (`FLAGS`), and that counts before it loads what it counts: else calls are missing.
 */

import inspector from "node:inspector";

/** What the process has to be started with. */
export const FLAGS = "--v8-flags=--no-opt,--no-maglev,--no-sparkplug";

/** How often something was executed, by file, function and where a block of it begins. */
export type Counts = Readonly<Record<string, number>>;

/** What the runtime says of a script. */
interface Script {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
  }[];
}

/** Counts until it is disposed of. */
export class Executed implements Disposable {
  readonly #session = new inspector.Session();
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.#session.connect();
  }

  /** Counts in files below a folder, given as a `file:` URL, from now on. */
  static async below(root: string): Promise<Executed> {
    const executed = new Executed(root);
    await executed.#post("Profiler.enable");
    await executed.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
    return executed;
  }

  /** What was executed since the last call. */
  async take(): Promise<Counts> {
    const { result } = await this.#post("Profiler.takePreciseCoverage") as {
      readonly result: readonly Script[];
    };
    const counts: Record<string, number> = {};
    for (const { url, functions } of result) {
      const path = url.startsWith(this.#root) ? url.slice(this.#root.length) : "";
      if (!/^(?:server|shared)\//.test(path)) continue;
      for (const { functionName, ranges } of functions) {
        if (ranges[0]?.count === 0) continue;
        for (const { startOffset, count } of ranges) {
          const key = `${path} ${functionName} ${startOffset}`;
          counts[key] = (counts[key] ?? 0) + count;
        }
      }
    }
    return counts;
  }

  [Symbol.dispose](): void {
    this.#session.disconnect();
  }

  #post(method: string, parameters: object = {}): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#session.post(method, parameters, (error: Error | null, result?: unknown) => {
      if (error === null) resolve(result);
      else reject(error);
    });
    return promise;
  }
}
