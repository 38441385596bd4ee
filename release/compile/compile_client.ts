import { join } from "node:path";
import { quotedPath } from "../../shared/text/quoted.ts";
import type { Target } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";
import { ReleaseError } from "../release_error.ts";
import { ROOT } from "../root.ts";
import { faultIn, runDeno } from "../run_deno.ts";
import { isNoBase, noBase } from "./base.ts";
import { compileArguments } from "./compile_arguments.ts";

export interface Ingredients {
  /** The client in one file. */
  readonly bundle: string;
  readonly target: Target;
  /** The value of `DENORT_BIN`, checked by `checkBase()`; undefined or empty if not set. */
  readonly base: string | undefined;
}

/**
 * Compiles the client in `folder`, and returns the path of the binary. A binary for this machine is
 * run with `--version`: an executable that is no base of this Deno gives a binary that does
 * something else.
 *
 * Throws a `ReleaseError` if there is no base, or a wrong one.
 */
export async function compileClient(
  folder: string,
  { bundle, target, base }: Ingredients,
): Promise<string> {
  const output = join(folder, `sealpost${target.executableSuffix}`);
  const { success, stderr } = await runDeno(compileArguments({ bundle, target, output }));
  if (!success) {
    const fault = faultIn(stderr);
    if (!base && isNoBase(stderr)) throw noBase(target, fault);
    throw new ReleaseError(`The client for ${target.title} could not be compiled: ${fault}`);
  }
  if (target.triple === Deno.build.target) await checkBinary(output, base);
  return output;
}

async function checkBinary(path: string, base: string | undefined): Promise<void> {
  // In a separate Deno, so that this program needs no permission to run every executable.
  const said = await runDeno([
    "run",
    "--no-prompt",
    "--no-config",
    `--allow-run=${path}`,
    join(ROOT, "release", "compile", "print_version.ts"),
    path,
  ]);
  const expected = new RegExp(
    `^sealpost ${literal(VERSION)} \\(.*, deno ${literal(Deno.version.deno)}, ` +
      `${literal(Deno.build.target)}\\)\\n$`,
  );
  if (said.success && expected.test(said.stdout)) return;
  const [line = ""] = (said.stdout || faultIn(said.stderr)).split("\n");
  const blame = base ? `DENORT_BIN, ${quotedPath(base)}, is not its base` : "its base is wrong";
  throw new ReleaseError(
    `The binary does not run as sealpost ${VERSION} on Deno ${Deno.version.deno}: ${blame}. ` +
      `Asked for its version it said ${quotedPath(line)}`,
  );
}

function literal(text: string): string {
  return text.replaceAll(/[.+]/g, "\\$&");
}
