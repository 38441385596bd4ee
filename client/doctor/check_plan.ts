import { type Address, formatAddress } from "../../shared/text/address.ts";
import { quoted, quotedPath } from "../../shared/text/quoted.ts";
import { checkAsciiName, TextFileError } from "../../shared/text/text.ts";
import { parseTransferInfo, type TransferInfo } from "../../shared/text/transfer_info.ts";
import { localError } from "../client_error.ts";
import { readSmallFile } from "../identity/client_folders.ts";
import { doubtAbout, type DoubtOptions } from "../plan/doubt.ts";
import { filesOf, nameIt } from "../plan/plan.ts";
import { inFolder } from "../files/paths.ts";
import { lookAtFile } from "../files/local_file.ts";
import { formatSize } from "../../shared/settings/quantity.ts";
import { capitalized, failureOf, type Finding, ok, orFailure, skip, warn } from "./finding.ts";

/** What `transfer.info` says, as far as it can be used. */
export interface PlanFindings {
  readonly findings: readonly Finding[];
  /** Line 1, if it can be used. */
  readonly server: Address | undefined;
  /** Line 2, if it can be used. */
  readonly name: string | undefined;
}

/** Checks `transfer.info` in a folder, and the file that it names. */
export async function checkPlan(
  folder: string,
  { program, knownName, home, isNeeded }: {
    /** The command that starts the client. */
    readonly program: string;
    /** The registered name, which may not pass the checks for new names. */
    readonly knownName: string | undefined;
    /** The user's home folder; undefined if unknown. */
    readonly home: string | undefined;
    /** Whether nothing else names a server. */
    readonly isNeeded: boolean;
  },
): Promise<PlanFindings> {
  const path = inFolder(folder, "transfer.info");
  const read = await orFailure("transfer.info", () => readSmallFile(path));
  if ("failure" in read) return failed(read.failure, {});
  const bytes = read.value;
  if (bytes === undefined && !isNeeded) {
    return failed(skip("transfer.info", "There is none, and a server of protocol 4 is known"), {});
  }
  if (bytes === undefined) {
    const finding = warn(
      "transfer.info",
      `There is no ${quotedPath(path)}`,
      `Run "${program}" on a terminal, which offers to write it, or name server, name and file ` +
        "on each command line",
    );
    return failed(finding, {});
  }
  // A valid server is checked even if other lines are wrong.
  const server = partOf(bytes, { name: true, path: true });
  try {
    const info = parseTransferInfo(bytes);
    if (info.name !== knownName) checkAsciiName(info.name);
    return {
      findings: [await checkInfo(info, path), await checkFile(info, { folder, info: path, home })],
      server: info,
      name: info.name,
    };
  } catch (error) {
    if (!(error instanceof TextFileError)) throw error;
    const said = localError("bad-configuration", `${quotedPath(path)}: ${error.message}`);
    return failed(failureOf("transfer.info", said), server);
  }
}

function failed(finding: Finding, server: Partial<Address>): PlanFindings {
  const { host, port } = server;
  return {
    findings: [finding, skip("file", "No file is named in transfer.info")],
    server: host === undefined || port === undefined ? undefined : { host, port },
    name: undefined,
  };
}

function partOf(
  bytes: Uint8Array,
  overridden: { readonly name: true; readonly path: true },
): Partial<TransferInfo> {
  try {
    return parseTransferInfo(bytes, { overridden });
  } catch (error) {
    if (error instanceof TextFileError) return {};
    throw error;
  }
}

async function checkInfo(info: TransferInfo, path: string): Promise<Finding> {
  const { mode } = await Deno.stat(path);
  if (Deno.build.os !== "windows" && mode !== null && (mode & 0o002) !== 0) {
    return warn(
      "transfer.info",
      `Everybody may change ${quotedPath(path)}, and so where your files go`,
      `Run chmod o-w ${quotedPath(path)}`,
    );
  }
  return ok(
    "transfer.info",
    `Sends ${quotedPath(info.path)} to ${formatAddress(info)} as ${quoted(info.name)}`,
  );
}

async function checkFile(info: TransferInfo, place: DoubtOptions): Promise<Finding> {
  const looked = await orFailure("file", async () => {
    const [path = info.path] = await filesOf(info, place.folder);
    return await lookAtFile(path);
  });
  if ("failure" in looked) return looked.failure;
  const { path, size } = looked.value;
  const doubt = await doubtAbout(path, place);
  if (doubt !== undefined) return warn("file", doubt, capitalized(nameIt(path)));
  return ok("file", `${quotedPath(path)} can be read and has ${formatSize(size)}`);
}
