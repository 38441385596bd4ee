import { quotedPath } from "../../shared/text/quoted.ts";
import { TextFileError } from "../../shared/text/text_file_error.ts";
import { formatTransferInfo, type TransferInfo } from "../../shared/text/transfer_info.ts";
import { systemReason } from "../client_error.ts";

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
