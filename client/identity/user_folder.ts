import { inFolder, isAbsolutePath } from "../files/paths.ts";

export interface UserFolderOptions {
  /** The value of a variable, undefined when it is not set. */
  readonly env: (name: string) => string | undefined;
  /** Default: this system. */
  readonly os?: typeof Deno.build.os;
}

/**
 * The folder in which an installed client stores the user's files: `sealpost` in `XDG_CONFIG_HOME`,
 * else in the system's usual place. Undefined if no variable names one. It may not exist.
 */
export function userFolder({ env, os = Deno.build.os }: UserFolderOptions): string | undefined {
  const windows = os === "windows";
  const absolute = (name: string) => {
    const value = env(name);
    // The XDG Base Directory Specification says to ignore relative paths.
    return value && isAbsolutePath(value, { windows }) ? value : undefined;
  };
  const below = (folder: string | undefined, ...steps: readonly string[]) =>
    folder && steps.reduce((path, step) => inFolder(path, step, { windows }), folder);
  const home = absolute("HOME");
  const config = windows
    ? absolute("APPDATA") ?? below(absolute("USERPROFILE"), "AppData", "Roaming")
    : absolute("XDG_CONFIG_HOME") ??
      (os === "darwin" ? below(home, "Library", "Application Support") : below(home, ".config"));
  return below(config, "sealpost");
}
