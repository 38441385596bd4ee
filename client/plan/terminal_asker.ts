import { parseAddress } from "../../shared/files/address.ts";
import { TextFileError } from "../../shared/files/text_file_error.ts";
import { checkAsciiName } from "../../shared/files/user_name.ts";
import { ClientError, EXIT } from "../client_error.ts";
import type { Asker } from "./plan.ts";

/** Asks on the terminal, one question for each thing that is missing. */
export const terminalAsker: Asker = {
  server: async () => parseAddress(await ask("Server (host:port)?", parseAddress)),
  name: () => ask("Your name on that server?", checkAsciiName),
  file: () => ask("Which file shall be sent?", () => {}),
};

async function ask(question: string, check: (answer: string) => unknown): Promise<string> {
  // Loaded only when somebody is asked: it takes longer to load than the rest of the program.
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({
    message: question,
    validate(value) {
      if (value === undefined || value === "") return "Please answer";
      try {
        check(value);
        return undefined;
      } catch (error) {
        if (error instanceof TextFileError) return error.message;
        throw error;
      }
    },
  });
  if (!isCancel(answer)) return answer;
  throw new ClientError("Nothing was sent, as you wished", {
    reason: "interrupted",
    exitCode: EXIT.usage,
  });
}
