import { formatAddress, parseAddress } from "../../shared/text/address.ts";
import { checkAsciiName, TextFileError } from "../../shared/text/text.ts";
import { ClientError, EXIT, localError, systemReason } from "../client_error.ts";
import { lookAtFile } from "../files/local_file.ts";
import { quoted, quotedPath } from "../../shared/text/quoted.ts";
import type { Asker } from "./plan.ts";
import { formatTransferInfo, type TransferInfo } from "../../shared/text/transfer_info.ts";

/** A terminal with a user. */
export interface Terminal {
  /** Asks a question; null when the user presses Ctrl-C or Ctrl-D. */
  readonly ask: (question: string) => string | null;
  /** Shows what is wrong with an answer, in one line. */
  readonly tell: (line: string) => void;
}

/**
 * Asks on a terminal for each missing value until the answer is valid. Throws a `ClientError`
 * (`interrupted`) when the user cancels.
 */
export function terminalAsker(
  { ask, tell }: Terminal,
  { program }: {
    /** The command that starts the client, for advice. */
    readonly program: string;
  },
): Asker {
  async function until<T>(question: string, read: (answer: string) => T | Promise<T>): Promise<T> {
    for (;;) {
      const answer = ask(question);
      if (answer === null) throw interrupted();
      try {
        return await read(answer.trim());
      } catch (error) {
        if (!(error instanceof TextFileError || error instanceof ClientError)) throw error;
        tell(error.message);
      }
    }
  }
  return {
    server: () => until("Server (host:port)?", parseAddress),
    name: () => until("Your name on that server?", checkedName),
    file: () => until("Which file shall be sent?", async (path) => (await lookAtFile(path)).path),
    async unproven(server) {
      const address = formatAddress(server);
      tell(
        `${address} is not known here. If it speaks protocol 4, log in first, so that it has to`,
      );
      tell(`prove who it is: ${program} login sealpost://${address}/#KEY --name NAME`);
      const question = "Send over protocol 3, in which no server proves that? [yes/no]";
      if (!await until(question, (answer) => consent(answer, { usual: undefined }))) {
        throw new ClientError("Nothing was sent, as you wished", {
          reason: "interrupted",
          exitCode: EXIT.usage,
        });
      }
    },
    async allow(doubt, server) {
      tell(doubt);
      const question = `Send it to ${formatAddress(server)}? [y/N]`;
      if (!await until(question, (answer) => consent(answer, { usual: false }))) {
        throw new ClientError("Nothing was sent, as you wished", {
          reason: "interrupted",
          exitCode: EXIT.usage,
        });
      }
    },
    welcome(folder) {
      for (const line of welcomeLines(folder)) tell(line);
      return Promise.resolve();
    },
    async offer(answers, path) {
      const question = `Write this to ${quotedPath(path)} for next time? [Y/n]`;
      if (await until(question, (answer) => consent(answer, { usual: true }))) {
        tell(await writeTransferInfo(path, { answers, program }));
      } else tell("Nothing was written; the questions come again next time");
    },
  };
}

/** Whether an answer to a yes/no question means yes; `usual` is what an empty one means, if any. */
function consent(answer: string, { usual }: { readonly usual: boolean | undefined }): boolean {
  if (answer === "" && usual !== undefined) return usual;
  const [, yes, no] = /^(y|yes)$|^(n|no)$/i.exec(answer) ?? [];
  if (yes === undefined && no === undefined) {
    throw localError("bad-setting", `${quoted(answer)} is no answer; type yes or no`);
  }
  return yes !== undefined;
}

function checkedName(name: string): string {
  checkAsciiName(name);
  return name;
}

function interrupted(): ClientError {
  return new ClientError("Nothing was sent, as you wished", {
    reason: "interrupted",
    exitCode: EXIT.interrupted,
  });
}

/** The text for a first run: what will be asked, and what is stored where. */
export function welcomeLines(folder: string): readonly string[] {
  const place = folder === "." ? "the current folder" : quotedPath(folder);
  return [
    "Nothing is set up here yet, so a few questions come first. Ctrl-C ends them.",
    `When the server has registered you, two files are kept in ${place}, readable by you alone:`,
    "  me.info   who you are to the server: your name, an id, and a private key",
    "  priv.key  the private key once more",
    "Anyone who has them can send in your name; without them your name is lost.",
  ];
}

/**
 * Writes `transfer.info` if there is none, and returns a line that says so. A failure to write does
 * not prevent sending.
 */
export async function writeTransferInfo(
  path: string,
  { answers, program }: {
    readonly answers: TransferInfo;
    /** The command that starts the client. */
    readonly program: string;
  },
): Promise<string> {
  try {
    await Deno.writeTextFile(path, formatTransferInfo(answers), { createNew: true });
    return `Wrote ${quotedPath(path)}: from now on "${program}" alone does the same`;
  } catch (error) {
    const system = error instanceof Error && "code" in error;
    if (!(error instanceof TextFileError || system)) throw error;
    return `Could not write ${quotedPath(path)}: ${systemReason(error)}; going on without`;
  }
}
