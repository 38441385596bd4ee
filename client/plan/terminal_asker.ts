import { formatAddress, parseAddress } from "../../shared/text/address.ts";
import { TextFileError } from "../../shared/text/text_file_error.ts";
import { checkAsciiName } from "../../shared/text/user_name.ts";
import { ClientError, EXIT, localError } from "../client_error.ts";
import { lookAtFile } from "../files/local_file.ts";
import { quoted, quotedPath } from "../../shared/text/quoted.ts";
import { welcomeLines, writeTransferInfo } from "./first_run.ts";
import type { Asker } from "./plan.ts";

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

/** Whether an answer to a yes/no question means yes; `usual` is what an empty one means. */
function consent(answer: string, { usual }: { readonly usual: boolean }): boolean {
  if (answer === "") return usual;
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
