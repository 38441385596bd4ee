import { message } from "@optique/core/message";
import { multiple, withDefault } from "@optique/core/modifiers";
import type { Parser } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import type { ValueParser } from "@optique/core/valueparser";
import type { RevisionChoice } from "../../shared/command_line/revision_setting.ts";
import { fromVariable, withVariable } from "../../shared/command_line/setting.ts";
import { valueParser } from "../../shared/command_line/value_parsers.ts";
import type { Environment } from "../../shared/command_line/variable.ts";
import { isRevisionName } from "../../shared/protocol/revision.ts";

/** Where to listen, and what is spoken there. */
export interface ListenSetting {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** The revision of this listener; without one that of the server counts. */
  readonly revision?: RevisionChoice;
}

/** A port; 0 takes a free one. */
export const portNumber: ValueParser<"sync", number> = valueParser({
  metavar: "N",
  placeholder: 0,
  parse: parsePort,
  expected: (text) => message`Expected a port from 0 to 65535, but got ${text}`,
});

const listen = valueParser<ListenSetting>({
  metavar: "HOST:PORT[=REVISION]",
  placeholder: { host: "127.0.0.1", port: 0 },
  parse: parseListen,
  expected: (text) =>
    message`Expected HOST:PORT or HOST:PORT=REVISION, for instance 127.0.0.1:1357=2023c, but got ${text}`,
});

/** The address of a page, where no revision is spoken. */
export const webAddress: ValueParser<"sync", Omit<ListenSetting, "revision">> = valueParser<
  Omit<ListenSetting, "revision">
>({
  metavar: "HOST:PORT",
  placeholder: { host: "127.0.0.1", port: 0 },
  parse(text) {
    const setting = parseListen(text);
    return setting?.revision === undefined ? setting : undefined;
  },
  expected: (text) => message`Expected HOST:PORT, for instance 127.0.0.1:8256, but got ${text}`,
});

/** `--listen`, which may be repeated; its variable holds addresses separated by commas. */
export function listenSetting(
  env: Environment,
): Parser<"sync", readonly ListenSetting[], unknown> {
  const description =
    "An address to listen on, with a revision of its own; may be given several times, and then " +
    "stands in place of --host";
  return withDefault(
    multiple(
      option("--listen", listen, { description: withVariable(description, "--listen") }),
      { min: 1 },
    ),
    () => fromVariable("--listen", listOf(parseListen), env) ?? [],
  );
}

function listOf<T>(parse: (text: string) => T | undefined) {
  return valueParser<readonly T[]>({
    metavar: "LIST",
    placeholder: [],
    parse(text) {
      const items: T[] = [];
      for (const part of text.split(",")) {
        const item = parse(part.trim());
        if (item === undefined) return undefined;
        items.push(item);
      }
      return items;
    },
    expected: (text) => message`Expected addresses separated by commas, but got ${text}`,
  });
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function parseListen(text: string): ListenSetting | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([^:=\s[\]]+)):(\d+)(?:=(\w+))?$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const number = parsePort(match?.[3] ?? "");
  if (host === undefined || number === undefined) return undefined;
  const revision = match?.[4];
  if (revision === undefined) return { host, port: number };
  if (revision !== "auto" && !isRevisionName(revision)) return undefined;
  return { host, port: number, revision };
}
