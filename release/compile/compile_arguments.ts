import type { Target } from "../../shared/release/targets.ts";
import { clientPermissions } from "../source/client_permissions.ts";

/** What is compiled, for what, and to where. */
export interface Compilation {
  /** The client in one file. */
  readonly bundle: string;
  readonly target: Target;
  /** The binary to write. */
  readonly output: string;
}

/**
 * The arguments for Deno that compile a bundle. Nothing is embedded but that file: no
 * configuration, no lock file, no package. Types were checked in the source, and a bundle has none.
 */
export function compileArguments({ bundle, target, output }: Compilation): string[] {
  const embed = ["--no-check", "--no-config", "--no-lock", "--no-npm", "--no-remote"];
  const where = ["--target", target.triple, "--output", output];
  return ["compile", ...embed, ...clientPermissions(), ...where, bundle];
}
