/** What is left of a measurement. */
export interface Measurement {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the measurement as its task does. */
export async function runFairness(...args: readonly string[]): Promise<Measurement> {
  const rights = ["--allow-net=127.0.0.1,127.0.0.20", "--allow-read", "--allow-write"];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--no-check", ...rights, "--allow-run=taskset"],
      ...[new URL("main.ts", import.meta.url).href, ...args],
    ],
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}
