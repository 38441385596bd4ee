import type { Target } from "../../shared/release/targets.ts";
import { clientPermissions, clientV8Flags } from "../source/client_permissions.ts";

export interface Compilation {
  /** The client in one file. */
  readonly bundle: string;
  readonly target: Target;
  /** The binary to write. */
  readonly output: string;
}

/**
 * Returns Deno's arguments to compile a bundle. Only that file is embedded: no configuration, lock
 * file or package. Types are checked in the source; a bundle has none.
 */
export function compileArguments({ bundle, target, output }: Compilation): string[] {
  const embed = ["--no-check", "--no-config", "--no-lock", "--no-npm", "--no-remote"];
  const where = ["--target", target.triple, "--output", output];
  return ["compile", ...embed, ...clientV8Flags(), ...clientPermissions(), ...where, bundle];
}
