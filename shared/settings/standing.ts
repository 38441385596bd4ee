import { messageOf } from "../text/message_of.ts";

/** What a program does to know and to change its current folder: functions of `Deno`. */
export interface Folders {
  readonly cwd: () => string;
  readonly chdir: (folder: string) => void;
}

/** Where a program stands, and the arguments behind those that say so. */
export interface Standing {
  readonly args: readonly string[];
  /**
   * The folder of what has a usual place, such as the data folder: the one that the program was
   * started in, as a path from where it stands now. `.` where both are the same.
   */
  readonly home: string;
}

/** Thrown when the folder that paths are meant from cannot be entered. */
export class StandingError extends Error {
  override readonly name = "StandingError";
}

/**
 * Goes to the folder that `--from FOLDER` names, if a command line begins with that: paths that the
 * user gave, as arguments, in variables, or as answers, are meant from there. `deno task` changes to
 * the folder of `deno.json`, and the tasks tell by it where the user is.
 *
 * Throws a `StandingError` when it cannot.
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
    const reason = messageOf(error);
    throw new StandingError(
      `The folder that you are in cannot be entered (--from): ${reason}; go to another one`,
      { cause: error },
    );
  }
}

/** The path of what has a usual place, in the form that messages show. */
export function atHome(home: string, name: string): string {
  return home === "." ? `./${name}` : `${home.replace(/[\\/]$/, "")}/${name}`;
}
