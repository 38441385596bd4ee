import { type Message, message, text as messageText } from "@optique/core/message";
import { multiple, withDefault } from "@optique/core/modifiers";
import type { Parser } from "@optique/core/parser";
import { option } from "@optique/core/primitives";
import type { ValueParser } from "@optique/core/valueparser";
import type { RevisionChoice } from "../../shared/settings/revision_setting.ts";
import { fromVariable, withVariable } from "../../shared/settings/setting.ts";
import { valueParser } from "../../shared/settings/value_parsers.ts";
import type { Environment } from "../../shared/settings/variable.ts";
import { hostFault } from "../../shared/text/host.ts";
import { isRevisionName } from "../../shared/protocol3/revision.ts";

/** Stands for every address of this machine, over IPv6 and IPv4. */
export const EVERY_ADDRESS = "*";

/** Where to listen, and what is spoken there. */
export interface ListenSetting {
  /** A host name, an IPv4 address, an IPv6 address without brackets, or `EVERY_ADDRESS`. */
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

/** An address of this machine, without a port; an IPv6 address may have brackets. */
export const listenHost: ValueParser<"sync", string> = valueParser({
  metavar: "ADDRESS",
  placeholder: EVERY_ADDRESS,
  parse(text) {
    const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text;
    return host === "" || /\s/.test(host) || hostFault(host) !== undefined ? undefined : host;
  },
  expected: (text) =>
    faultOf(text) ?? message`Expected an address of this machine, but got ${text}`,
});

const listen = valueParser<ListenSetting>({
  metavar: "HOST:PORT[=REVISION]",
  placeholder: { host: "127.0.0.1", port: 0 },
  parse: parseListen,
  expected: (text) =>
    faultOf(text) ??
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
    // What serves the page listens on one address.
    if (setting?.host === EVERY_ADDRESS) return undefined;
    return setting?.revision === undefined ? setting : undefined;
  },
  expected: (text) =>
    faultOf(text) ?? message`Expected HOST:PORT, for instance 127.0.0.1:8256, but got ${text}`,
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
    expected: (text) =>
      faultOf(text) ?? message`Expected addresses separated by commas, but got ${text}`,
  });
}

const LISTEN = /^(?:\[([0-9A-Fa-f:.]+(?:%[^\]]*)?)\]|([^:=\s[\]]+)):(\d+)(?:=(\w+))?$/;

/** What is wrong with the first host in a text that cannot be used; undefined when there is none. */
function faultOf(text: string): Message | undefined {
  for (const part of text.split(",")) {
    const [, literal, name] = LISTEN.exec(part.trim()) ?? [];
    const fault = hostFault(literal ?? name ?? part.trim().replace(/^\[(.*)\]$/, "$1"));
    if (fault !== undefined) return [messageText(fault)];
  }
  return undefined;
}

function parsePort(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function parseListen(text: string): ListenSetting | undefined {
  const match = LISTEN.exec(text);
  const host = match?.[1] ?? match?.[2];
  const number = parsePort(match?.[3] ?? "");
  if (host === undefined || number === undefined || hostFault(host) !== undefined) return undefined;
  const revision = match?.[4];
  if (revision === undefined) return { host, port: number };
  if (revision !== "auto" && !isRevisionName(revision)) return undefined;
  return { host, port: number, revision };
}
