import type { Kind } from "./kind.ts";

interface Described {
  /** One or two sentences for help texts, without the last period. */
  readonly help: string;
}

interface Flagged extends Described {
  readonly flag: Flag;
  /** A second name, for flags that are typed often. Default: none. */
  readonly short?: ShortFlag;
}

/** A flag with one value. `F` is the type of its default. */
export interface ValueSetting<T, F> extends Flagged {
  readonly type: "value";
  readonly kind: Kind<T>;
  readonly fallback: F;
}

/** A flag without a value. */
export interface SwitchSetting extends Flagged {
  readonly type: "switch";
}

/** A flag that may be repeated; its variable has values separated by commas. */
export interface ListSetting<T> extends Flagged {
  readonly type: "list";
  readonly kind: Kind<T>;
}

/** A setting with a flag, and a variable of the same name: see `variableOf()`. */
export type FlagSetting = ValueSetting<unknown, unknown> | SwitchSetting | ListSetting<unknown>;

/** A word without a flag. */
export interface Argument<T> extends Described {
  readonly type: "argument";
  readonly kind: Kind<T>;
  /** Its value if it is not given. Default: none, it is required. */
  readonly fallback?: T;
}

/** All other words without a flag: any number of them. */
export interface Arguments<T> extends Described {
  readonly type: "arguments";
  readonly kind: Kind<T>;
}

/** The definition of a setting: flag, kind, default and help. */
export type Setting = FlagSetting | Argument<unknown> | Arguments<unknown>;

/** The type of a setting's value. */
export type ValueOf<S> = S extends SwitchSetting ? boolean
  : S extends ListSetting<infer T> | Arguments<infer T> ? readonly T[]
  : S extends Argument<infer T> ? T
  : S extends ValueSetting<infer T, infer F> ? T | F
  : never;

/** A group of settings by their names in the program. */
export type Section = Readonly<Record<string, Setting>>;

/** All settings of a command, by the titles of their sections. Arguments are in their order. */
export type Command = Readonly<Record<string, Section>>;

/** The values of the settings of a section. */
export type ValuesOf<S> = { readonly [Name in keyof S]: ValueOf<S[Name]> };

type Intersection<U> = (U extends unknown ? (value: U) => void : never) extends
  (value: infer I) => void ? I : never;

/** The values of all settings of a command. */
export type SettingsOf<C> = Intersection<
  { [Title in keyof C]: ValuesOf<C[Title]> }[keyof C]
>;

/** A flag with a value, and a default. */
export function setting<T>(
  flag: Flag,
  kind: Kind<T>,
  { help, fallback }: { readonly help: string; readonly fallback: NoInfer<T> },
): ValueSetting<T, T> {
  return { type: "value", flag, kind, help, fallback };
}

/** A flag with a value; undefined if not set. */
export function optional<T>(
  flag: Flag,
  kind: Kind<T>,
  described: Omit<Flagged, "flag">,
): ValueSetting<T, undefined> {
  return { type: "value", flag, kind, ...described, fallback: undefined };
}

/** A flag without a value. Its variable is `yes` or `no`, or another word of `parseSwitch()`. */
export function toggle(flag: Flag, described: Omit<Flagged, "flag">): SwitchSetting {
  return { type: "switch", flag, ...described };
}

/** A flag that may be given several times; empty if not set. */
export function list<T>(
  flag: Flag,
  kind: Kind<T>,
  { help }: { readonly help: string },
): ListSetting<T> {
  return { type: "list", flag, kind, help };
}

/** A word; required unless it has a default. */
export function argument<T>(
  kind: Kind<T>,
  described: Described & { readonly fallback?: NoInfer<T> },
): Argument<T> {
  return { type: "argument", kind, ...described };
}

/** Any number of words. */
export function rest<T>(kind: Kind<T>, { help }: { readonly help: string }): Arguments<T> {
  return { type: "arguments", kind, help };
}

/** All settings of a command with their names, in the order of its sections. */
export function settingsIn(command: Command): readonly (readonly [string, Setting])[] {
  return Object.values(command).flatMap((section) => Object.entries(section));
}

/** Whether a setting has a flag. */
export function hasFlag(setting: Setting): setting is FlagSetting {
  return "flag" in setting;
}

/** The default of a setting. */
export function fallbackOf(setting: FlagSetting): unknown {
  if (setting.type === "value") return setting.fallback;
  return setting.type === "list" ? [] : false;
}

/** The defaults of a section. */
export function defaultsOf<S extends Readonly<Record<string, FlagSetting>>>(
  section: S,
): ValuesOf<S> {
  const values = Object.entries(section).map(([name, setting]) => [name, fallbackOf(setting)]);
  // The type of each value is that of its setting.
  return Object.fromEntries(values) as ValuesOf<S>;
}

/** The name of a flag. */
export type Flag = `--${string}`;

/** A second name of a flag, of one letter. */
export type ShortFlag = `-${string}`;

/** Looks up an environment variable. Passed in, because nothing in `shared/` reads the system. */
export type Environment = (name: string) => string | undefined;

/**
 * The environment variable that sets the same as a flag.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(variableOf("--max-file-size"), "SEALPOST_MAX_FILE_SIZE");
 * ```
 */
export function variableOf(flag: Flag): string {
  return `SEALPOST_${flag.slice(2).replaceAll("-", "_").toUpperCase()}`;
}

/** The value of a switch's variable; undefined if it is neither yes nor no. */
export function parseSwitch(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (["1", "true", "yes", "on"].includes(word)) return true;
  return ["0", "false", "no", "off"].includes(word) ? false : undefined;
}

/** Thrown when a variable cannot be read: one line that names it and says what to do. */
export class VariableError extends Error {
  override readonly name = "VariableError";

  /** The line alone: the code that reads command lines shows such an error as text. */
  override toString(): string {
    return this.message;
  }
}

/** As `read`, but throws a `VariableError` for a value that is not text or must not be read. */
export function textVariables(read: Environment): Environment {
  return (name) => {
    try {
      return read(name);
    } catch (error) {
      const fault = error instanceof Deno.errors.NotCapable
        ? `may not be read; start the program with --allow-env=${name}`
        : "is not UTF-8; set it again, or unset it";
      throw new VariableError(`The variable ${name} ${fault}`, { cause: error });
    }
  };
}
