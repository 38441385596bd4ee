import { envVar, type Message, message, text } from "@optique/core/message";
import { withDefault, WithDefaultError } from "@optique/core/modifiers";
import type { Parser } from "@optique/core/parser";
import { flag, option } from "@optique/core/primitives";
import type { OptionName } from "@optique/core/usage";
import type { ValueParser } from "@optique/core/valueparser";
import { type Environment, parseSwitch, variableOf } from "./variable.ts";

/** What a setting is for, and what it is when nobody sets it. */
export interface SettingOptions<D> {
  /** One or two sentences for the help text, without the last period. */
  readonly description: string;
  /** The value when neither the flag nor the variable is there. */
  readonly fallback: D;
  readonly env: Environment;
}

/** A setting with a value: from its flag, else from its variable, else its fallback. */
export function setting<T, const D extends T | undefined>(
  name: OptionName,
  value: ValueParser<"sync", T>,
  { description, fallback, env }: SettingOptions<D>,
): Parser<"sync", T | D, unknown> {
  const usual = fallback === undefined ? "" : ` (default: ${value.format(fallback)})`;
  return withDefault(
    option(name, value, { description: withVariable(`${description}${usual}`, name) }),
    () => fromVariable(name, value, env) ?? fallback,
  );
}

/** A setting that is on when its flag is there, or its variable is `1`, `true` or `yes`. */
export function switchSetting(
  name: OptionName,
  { description, env }: Omit<SettingOptions<never>, "fallback">,
): Parser<"sync", boolean, unknown> {
  return withDefault(
    flag(name, { description: withVariable(description, name) }),
    () => fromVariable(name, SWITCH, env) ?? false,
  );
}

/** The value of a setting's variable. Throws optique's `WithDefaultError` when it is not one. */
export function fromVariable<T>(
  name: OptionName,
  value: ValueParser<"sync", T>,
  env: Environment,
): T | undefined {
  const variable = variableOf(name);
  const text = env(variable);
  if (text === undefined || text === "") return undefined;
  const result = value.parse(text);
  if (result.success) return result.value;
  throw new WithDefaultError(message`${envVar(variable)}: ${result.error}`);
}

/** A description followed by the variable that sets the same. */
export function withVariable(description: string, name: OptionName): Message {
  return [text(`${description}. Also: `), envVar(variableOf(name))];
}

const SWITCH: ValueParser<"sync", boolean> = {
  mode: "sync",
  metavar: "SWITCH",
  placeholder: false,
  format: String,
  parse(text) {
    const value = parseSwitch(text);
    return value === undefined
      ? { success: false, error: message`Expected yes or no, but got ${text}` }
      : { success: true, value };
  },
};
