import { messageOf, runtimeRefusal } from "../text/quoted.ts";

/** Functions of `Deno` to read and change the current folder. */
export interface Folders {
  readonly cwd: () => string;
  readonly chdir: (folder: string) => void;
}

/** The folders of a program, and the arguments after `--from FOLDER`. */
export interface Standing {
  readonly args: readonly string[];
  /**
   * The folder for files with a usual place, such as the data folder: the one that the program was
   * started in, as a path from the current folder. `.` if both are the same.
   */
  readonly home: string;
}

/** Thrown when the folder for relative paths cannot be entered. */
export class StandingError extends Error {
  override readonly name = "StandingError";
}

/**
 * Changes to the folder of `--from FOLDER`, if a command line begins with that: paths that the user
 * gave, as arguments, in variables, or as answers, are relative to it. `deno task` changes to the
 * folder of `deno.json`, and the tasks pass the user's folder by this flag.
 *
 * Throws a `StandingError` when that fails.
 */
export function standWhereTheUserDoes(
  args: readonly string[],
  { cwd, chdir }: Folders,
): Standing {
  const [flag, from, ...rest] = args;
  if (flag !== "--from" || from === undefined) return { args, home: "." };
  if (from === "") return { args: rest, home: "." };
  try {
    const home = cwd();
    chdir(from);
    return { args: rest, home: cwd() === home ? "." : home };
  } catch (error) {
    const reason = runtimeRefusal(error) ?? messageOf(error);
    throw new StandingError(
      `The folder that you are in cannot be entered (--from): ${reason}; go to another one`,
      { cause: error },
    );
  }
}

/** The path of a file with a usual place, as messages show it. */
export function atHome(home: string, name: string): string {
  return home === "." ? `./${name}` : `${home.replace(/[\\/]$/, "")}/${name}`;
}
