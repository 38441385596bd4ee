import { entryOf, VALUES } from "../../shared/settings/help.ts";
import {
  type Command,
  hasFlag,
  type Section,
  type Setting,
} from "../../shared/settings/setting.ts";
import { VERSION } from "../../shared/version.ts";
import { COMMANDS } from "../settings/commands.ts";
import { programText } from "../settings/command_texts.ts";

/** The name of the installed program. */
const PROGRAM = "sealpost";

/** The files that the client reads and writes, with their purposes. */
const FILES: Readonly<Record<string, string>> = {
  "transfer.info":
    "Three lines: host:port of the server, the user's name, the path of the file to send. Read " +
    "where the command line does not say all; written only by the user, or with his consent.",
  "me.info":
    "Who the client is: name, id as 32 hexadecimal digits, private key in base64. Made at the " +
    "registration, readable by its owner alone. Anyone who has it can send as that client.",
  "priv.key": "The private key once more, in base64.",
  "servers/":
    "Beside these files: a folder for each other server, with the identity for that, and notes " +
    "about which server me.info is for.",
  "~/.config/sealpost/":
    "Where an installed client keeps these files when no folder has them; in XDG_CONFIG_HOME " +
    "where that is set. Of protocol 4 all that is kept: known_servers, with HOST:PORT, key and " +
    "date in each line, and a folder in servers/ for each key, with who the client is there.",
};

/** The manual page of the client (section 1), from the definitions that `--help` uses. */
export function manPage(): string {
  const { usage, brief, commands = [], examples, exitCodes } = programText(PROGRAM);
  return [
    `.\\" Made by "deno task man"; what it says is written in client/settings/`,
    `.TH ${PROGRAM.toUpperCase()} 1 "" "Sealpost ${escaped(VERSION)}" "User Commands"`,
    // No hyphenation, so that flags can be copied.
    ".nh",
    ".ad l",
    ".SH NAME",
    `${PROGRAM} \\- send files and folders to a server, and fetch them, encrypted and checked`,
    ".SH SYNOPSIS",
    ...usage.flatMap((line, index) => [...index > 0 ? [".br"] : [], synopsis(line)]),
    ".SH DESCRIPTION",
    line(brief),
    ".PP",
    line(
      "Without a command and a file it does what transfer.info says. On a terminal it asks for " +
        "what is missing there.",
    ),
    ".SH COMMANDS",
    ...commands.flatMap(({ term, text }) => tagged(`.B ${escaped(term)}`, text)),
    ".SH OPTIONS",
    ...sections(),
    ".SH VALUES",
    ...VALUES.flatMap((text) => [line(text), ".br"]).slice(0, -1),
    ".SH EXIT STATUS",
    ...exitStatus(exitCodes),
    ".SH FILES",
    ...Object.entries(FILES).flatMap(([file, text]) => tagged(`.I ${escaped(file)}`, text)),
    ".SH EXAMPLES",
    ".EX",
    ...examples.map(line),
    ".EE",
    "",
  ].join("\n");
}

/** The flags of all commands; a flag of several is described at the first. */
function sections(): readonly string[] {
  const told = new Set<string>();
  return Object.entries(COMMANDS).flatMap(([name, { settings }]) => {
    const command: Command = settings;
    return Object.entries(command).flatMap(([title, section]) => {
      const entries = newSettings(section, told);
      if (entries.length === 0) return [];
      const shown = name === "send" ? title : `${title} (${name})`;
      return [`.SS "${escaped(shown)}"`, ...entries.flatMap(entry)];
    });
  });
}

function newSettings(section: Section, told: Set<string>): readonly Setting[] {
  return Object.values(section).filter((setting) => {
    if (!hasFlag(setting)) return true;
    return !told.has(setting.flag) && told.add(setting.flag);
  });
}

function entry(setting: Setting): readonly string[] {
  const { text } = entryOf(setting);
  if (!hasFlag(setting)) return tagged(`.I ${escaped(setting.kind.metavar)}`, text);
  const { flag: long, short } = setting;
  const flag = escaped(short === undefined ? long : `${short}, ${long}`);
  const head = setting.type === "switch"
    ? `.B ${flag}`
    : `.BI "${flag} " ${escaped(setting.kind.metavar)}`;
  return tagged(head, text);
}

function exitStatus(text: string): readonly string[] {
  const [codes = "", ...notes] = text.split(/\. (?=[A-Z])/);
  return [
    ...codes.split("; ").flatMap((part) => {
      const [, code = "", meaning = ""] = /^(\d) (.*)$/s.exec(part) ?? [];
      return tagged(`.B ${code}`, capitalized(meaning));
    }),
    ...notes.flatMap((note) => [".PP", line(`${note.replace(/\.$/, "")}.`)]),
  ];
}

function tagged(head: string, text: string): readonly string[] {
  return [".TP", head, line(text)];
}

/** `sealpost probe HOST:PORT [OPTION...]`: literal text in bold, the rest in italics. */
function synopsis(usage: string): string {
  return usage.split(" ").map((word) => {
    const typed = /^\[?[a-z]+\]?$/.test(word);
    const [, open = "", name = "", close = ""] = /^(\[?)(.*?)((?:\.\.\.)?\]?)$/.exec(word) ?? [];
    return `${open}\\f${typed ? "B" : "I"}${escaped(name)}\\fR${close}`;
  }).join(" ");
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A line of text, escaped: one that begins with a point or an apostrophe would be a command. */
function line(text: string): string {
  return escaped(text).replace(/^(?=[.'])/, "\\&");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq")
    .replaceAll('"', "\\(dq").replaceAll("`", "\\(ga").replaceAll(/\s*\n\s*/g, " ");
}
