import type { SwitchSetting, ValueSetting } from "./setting.ts";
import { type Environment, parseSwitch, variableOf } from "./variable.ts";

/** The command line and the environment. */
export interface Surroundings {
  readonly args: readonly string[];
  readonly env: Environment;
}

/**
 * Whether a switch seems to be on, in a command line that may be invalid or is not parsed yet: the
 * form of error messages depends on that.
 */
export function seemsOn({ flag }: SwitchSetting, { args, env }: Surroundings): boolean {
  return args.includes(flag) || parseSwitch(env(variableOf(flag)) ?? "") === true;
}

/** Whether a setting seems to have a value; see `seemsOn()`. */
export function seemsToBe<T extends string>(
  { flag }: ValueSetting<T, T>,
  value: NoInfer<T>,
  { args, env }: Surroundings,
): boolean {
  const at = args.indexOf(flag);
  return args.includes(`${flag}=${value}`) || at >= 0 && args[at + 1] === value ||
    env(variableOf(flag)) === value;
}
