import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What came of it. */
export interface DenoTest {
  readonly code: number;
  readonly said: string;
}

/** Runs `deno test` in the project's folder. */
export async function runDenoTest(...args: readonly string[]): Promise<DenoTest> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--no-check", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, said: text.decode(stdout) + text.decode(stderr) };
}
