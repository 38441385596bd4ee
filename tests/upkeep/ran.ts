import { systemIo } from "../../server/server_io.ts";
import { runUpkeep, type UpkeepName } from "../../server/upkeep/run_upkeep.ts";

/** What a command has come to. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command of upkeep in this process; it has these variables alone. */
export async function ran(
  name: UpkeepName,
  args: readonly string[],
  { env = {}, isTerminal = false }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly isTerminal?: boolean;
  } = {},
): Promise<Ran> {
  const text = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    isTerminal: () => isTerminal,
    writeSync(bytes: Uint8Array) {
      text[name] += new TextDecoder().decode(bytes);
      return bytes.byteLength;
    },
  });
  const io = {
    ...systemIo(),
    env: (name: string) => env[name],
    stdout: stream("out"),
    stderr: { ...stream("err"), write: () => Promise.resolve(0) },
  };
  return { code: await runUpkeep(name, { args, io }), ...text };
}
