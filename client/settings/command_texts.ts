import {
  type HelpDisplay,
  helpText,
  type ProgramText,
  VALUES,
} from "../../shared/settings/help.ts";
import { type Command, hasFlag, settingsIn } from "../../shared/settings/setting.ts";
import type { CommandName } from "./send_settings.ts";
import { COMMANDS } from "./commands.ts";

/** The texts for `--help` and the manual, with `program` as the command that starts the client. */
export function programText(program: string): ProgramText {
  return {
    usage: [
      `${program} [send] [FILE...] [OPTION...]`,
      `${program} COMMAND [ARGUMENT...] [OPTION...]`,
    ],
    brief: "Sends files and folders to a Sealpost server, and lists and fetches them again: " +
      "encrypted on the way, checked at the end, resumed when interrupted. With a server of " +
      "protocol 3 it sends files.",
    commands: [
      ...Object.entries(COMMANDS).map(([name, { summary, settings }]) => ({
        term: [name, ...wordsOf(settings)].join(" "),
        text: `${summary}.`,
      })),
      { term: "help [COMMAND]", text: "Show this help, or that of a command." },
    ],
    examples: [
      `${program} login sealpost://server.example:1256/#KEY --name maya`,
      `${program} report.pdf photos/`,
      `${program} holiday.mov --server 127.0.0.1:1256 --name 'Michael Jackson'`,
      `${program} probe 127.0.0.1:1256`,
      `${program} doctor`,
    ],
    notes: [
      'JSON: one object per file: "file", "status" ("sent" or "failed"); of one that was sent ' +
      '"name", "size", "seconds", "server", "checksum", "revision", "attempts", and "keyBits" ' +
      "if the server gave a shorter key than it should; of one that was " +
      'not "reason", "message", "exitCode".',
      WAITING_JSON,
    ],
    exitCodes:
      "0 sent and verified; 1 a transfer failed for good; 2 usage, configuration, a local file, " +
      "or results that could not be written; 3 no connection could be made; 4 the server " +
      "refused: the name is taken, or the client is not registered. With several files, that of " +
      "the first one that failed. Of doctor, that of the first check that failed, 0 with " +
      "warnings only. 130 ended by Ctrl-C, or Ctrl-D at a question.",
  };
}

/** The words of a command that are no flags. */
function wordsOf(command: Command): readonly string[] {
  return settingsIn(command).flatMap(([, setting]) => {
    if (hasFlag(setting)) return [];
    const { type, kind: { metavar } } = setting;
    if (type === "arguments") return [`[${metavar}...]`];
    return [setting.fallback === undefined ? metavar : `[${metavar}]`];
  });
}

/** The object printed instead if the command failed. */
const FAILED_JSON =
  'JSON when it could not be done: "status" ("failed"), "reason", "message", "exitCode".';

/** The objects about a wait, which go to standard output as it goes on. */
const WAITING_JSON = 'JSON while a server that was lost is waited for: "status" ("waiting", then ' +
  '"continued"), "server", "waited" and "left" in seconds, "reason", "message".';

const TREE_EXIT_CODES = "0 done; 1 the server failed, or contents were not those announced; 2 " +
  "usage, not logged in, or a local file; 3 no connection, or another key; 4 the server refused, " +
  "or has no such file. 130 ended by Ctrl-C, or Ctrl-D at a question.";

/** The help text of a command, with `program` as the command that starts the client. */
export function clientHelp(
  command: CommandName,
  { program, ...display }: HelpDisplay & { readonly program: string },
): string {
  const text = command === "send" ? programText(program) : TEXTS[command](program);
  return helpText(COMMANDS[command].settings, { ...text, ...display });
}

const TEXTS: Readonly<
  Record<Exclude<CommandName, "send">, (program: string) => ProgramText>
> = {
  login: (program) => ({
    usage: [`${program} login ADDRESS [OPTION...]`],
    brief:
      "Logs in to a server of protocol 4, which has to prove the key in its address. The first " +
      "time it registers a name there, with a key of this computer that is kept in your " +
      "configuration folder; with the address of devices add it adds this computer to a client.",
    examples: [
      `${program} login sealpost://server.example:1256/#KEY --name maya`,
      `${program} login sealpost://server.example:1256/#KEY.INVITATION --name maya`,
      `${program} login sealpost://server.example:1256/`,
    ],
    notes: [
      'JSON: one object: "status" ("registered", "logged-in" or "device-added"), "name", "id", ' +
      '"server" (the address), "fingerprint".',
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes:
      "0 logged in; 1 the server failed; 2 usage, or a file; 3 no connection, or another " +
      "key; 4 the server refused: the name is taken, or it wants an invitation.",
  }),
  ls: (program) => ({
    usage: [`${program} ls [PATH...] [OPTION...]`],
    brief: "Lists the files and folders that you have stored on a server of protocol 4. Paths " +
      "are those on the server, from its root.",
    examples: [`${program} ls`, `${program} ls -l photos/2026`, `${program} ls -r --json`],
    notes: [
      'JSON: one object per entry: "path", "kind" ("file", "folder" or "link"), of a file "size" ' +
      'and "tag" (the same for the same contents), of a link "target"; "modified" and "mode" ' +
      "where they are known.",
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes: TREE_EXIT_CODES,
  }),
  get: (program) => ({
    usage: [`${program} get PATH... [OPTION...]`],
    brief:
      "Fetches files, and folders with all that is in them, with their times, permissions and " +
      "links. Contents are compared with what the server says of them. What was interrupted goes " +
      "on where it was, and what is there already is not fetched again.",
    examples: [
      `${program} get photos/`,
      `${program} get report.pdf -o copies/`,
      `${program} get src.tar -o - | tar x`,
    ],
    notes: [
      'JSON: one object per file or link: "path", "status" ("fetched", "unchanged", "skipped" or ' +
      '"failed"), "local" (where it is); of one that failed "reason", "message", "exitCode".',
      WAITING_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes: TREE_EXIT_CODES,
  }),
  rm: (program) => ({
    usage: [`${program} rm PATH... [OPTION...]`],
    brief: "Removes files and folders on a server of protocol 4.",
    examples: [`${program} rm old.tar`, `${program} rm -r photos/2019`],
    notes: [
      'JSON: one object per path: "path", "status" ("removed" or "failed"); of one that failed ' +
      '"reason", "message", "exitCode".',
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes: TREE_EXIT_CODES,
  }),
  mv: (program) => ({
    usage: [`${program} mv FROM TO [OPTION...]`],
    brief: "Gives a file, or a folder with all that is in it, another path on the server.",
    examples: [`${program} mv report.pdf archive/`, `${program} mv photos pictures`],
    notes: ['JSON: one object: "status" ("moved"), "from", "to".', FAILED_JSON],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes: TREE_EXIT_CODES,
  }),
  devices: (program) => ({
    usage: [
      `${program} devices [list] [OPTION...]`,
      `${program} devices add [OPTION...]`,
      `${program} devices remove ID [OPTION...]`,
    ],
    brief:
      "Lists the computers of the client that this one is logged in as, adds another one, or " +
      "removes one. A computer that was removed can do nothing more on the server.",
    examples: [
      `${program} devices add`,
      `${program} devices --json`,
      `${program} devices remove 5f3a`,
    ],
    notes: [
      'JSON: one object. Of add "status" ("offered"), "address", "expires"; of list "devices", ' +
      'of each "id", "label", "added", "lastUsed", "current"; of remove "status" ("removed"), ' +
      '"id", "label".',
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes:
      "0 done; 1 the server failed; 2 usage, or a file; 3 no connection, or another key; " +
      "4 the server refused.",
  }),
  status: (program) => ({
    usage: [`${program} status [OPTION...]`],
    brief: "Shows the servers of protocol 4 that are known, whether each answers and proves its " +
      "key, and as whom this computer is logged in.",
    examples: [`${program} status`, `${program} status --json`],
    notes: [
      'JSON: one object: "servers", of each "server" (the address), "fingerprint", "since", ' +
      '"status" ("ok" or "failed"); "name" and "id", or "reason" and "message".',
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes:
      "0 all are well; otherwise that of the first one that is not: 1 the server failed; " +
      "2 not logged in, or a file; 3 no connection, or another key; 4 the server refused.",
  }),
  token: (program) => ({
    usage: [
      `${program} token [--scope SCOPE] [--expires TIME]`,
      `${program} token --list`,
      `${program} token --revoke ID`,
    ],
    brief: "Makes a token for programs such as curl, as whom this computer is logged in: a " +
      "Bearer token, or the password of WebDAV, which is for reading. Who has it can do what its " +
      "scope allows. Also lists the tokens that hold, and ends one.",
    examples: [
      `${program} token --scope read --expires 12h`,
      `${program} token --list`,
    ],
    notes: [
      'JSON: one object: "status" ("made"), "token", "id", "scope", "expires"; of --list ' +
      '"tokens", of each "id", "scope", "expires", "current"; of --revoke "status" ("revoked"), ' +
      '"id".',
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes: "0 done; 1 the server failed; 2 usage, or not logged in; 3 no connection, or " +
      "another key; 4 the server refused.",
  }),
  probe: (program) => ({
    usage: [`${program} probe HOST:PORT [OPTION...]`],
    brief:
      "Finds out which protocols a server speaks: of protocol 3 the revision, and what it does " +
      "otherwise than the protocol says; of protocol 4 the fingerprint of its key, and whether " +
      "that is the known one, the version of TLS, who may register, and its limits. It registers " +
      "nobody, and leaves nothing on the server.",
    examples: [
      `${program} probe 127.0.0.1:1256`,
      `${program} probe server.example:1256 --json`,
    ],
    notes: [
      'JSON: one object: "server" (HOST:PORT), "protocols" ("3", "4"); of protocol 3 "revision", ' +
      '"certain" (false when the server answered with an error only), "deviations" (their ' +
      'names); "protocol4" with "address", "fingerprint", "key" ("known", "new", "rotated" or ' +
      '"changed"), "knownFrom", "tls", "registration", "limits"; "command" (the command line ' +
      "that sends a file; left out where the key has changed).",
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes:
      "0 a protocol was found; 1 none was understood; 2 usage; 3 no connection could be made.",
  }),
  doctor: (program) => ({
    usage: [`${program} doctor [OPTION...]`],
    brief: "Examines what usually goes wrong: folder, transfer.info, file, identity, key, " +
      "permissions, name resolution, port and revision; of protocol 4 what is known of servers, " +
      "the server's key and the login; and the clock. It says what to do about each, sends " +
      "nothing, registers nobody, and changes nothing.",
    examples: [
      `${program} doctor`,
      `${program} doctor --server 127.0.0.1:1256 --quiet`,
    ],
    notes: [
      'JSON: one object: "ok" (whether nothing failed), "exitCode", and "checks": of each ' +
      '"check" (its name), "status" ("ok", "warn", "fail" or "skip"), "message", and "advice" ' +
      "where there is something to do.",
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !text.startsWith("SIZE")),
    exitCodes:
      "0 nothing failed, whatever the warnings; otherwise that with which a file would not " +
      "be sent, of the first check that failed: 1 the transfer; 2 usage, configuration, a local " +
      "file; 3 no connection could be made; 4 the server refuses.",
  }),
  identity: (program) => ({
    usage: [`${program} identity move OLD NEW [OPTION...]`],
    brief:
      "Says that the server at HOST:PORT has another address now: it goes on to know the client " +
      "by the name, id and key that it had. Nothing is sent.",
    examples: [`${program} identity move 192.0.2.1:1256 server.example:1256`],
    notes: [
      'JSON: one object: "status" ("moved"), "name", "from", "to" (HOST:PORT).',
      FAILED_JSON,
    ],
    values: VALUES.filter((text) => !/^(?:SIZE|TIME)/.test(text)),
    exitCodes: "0 it was noted; 2 usage, no identity for OLD, one for NEW, or a file.",
  }),
  completions: (program) => ({
    usage: [`${program} completions SHELL`],
    brief: "Prints a script that lets a shell complete commands, flags, their values and files.",
    examples: [
      "sealpost completions bash >> ~/.bashrc",
      "sealpost completions zsh > ~/.zfunc/_sealpost    # a folder of your $fpath",
      "sealpost completions fish > ~/.config/fish/completions/sealpost.fish",
      "sealpost completions powershell >> $PROFILE",
    ],
    values: [],
    exitCodes: "0 the script was printed; 2 usage, or the script could not be written.",
  }),
};
