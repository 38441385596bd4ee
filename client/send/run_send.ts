import { formatAddress } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { BatchProgress } from "../batch/batch_progress.ts";
import { sendFiles, usualConnections } from "../batch/send_files.ts";
import { BUILD } from "../build.ts";
import { type ClientError, EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { clientFolders, usualPlaces } from "../identity/client_folders.ts";
import { lateAsker } from "../plan/plan.ts";
import { lookAtFile } from "../files/local_file.ts";
import { isPattern } from "../files/paths.ts";
import { errorLine, givenUpLine, jsonOutcome, sentLine, summaryLine } from "../report.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import { Interruption } from "./interruption.ts";
import type { Accounts } from "./account.ts";
import { planAndAccount } from "./plan_and_account.ts";

/** The command `send`: makes a plan, sends files, reports their outcomes. */
export async function runSend(
  settings: ClientSettings,
  { io, home, stdout, screen }: CommandContext,
  accounts: Accounts,
): Promise<ExitCode> {
  const { json, quiet, verbose } = settings;
  const { clock } = io;
  const folders = await clientFolders(settings.dir, await usualPlaces(home, io.env));
  const interactive = io.stdin.isTerminal() && io.stdout.isTerminal() && !json;
  const asker = interactive
    ? lateAsker(async () => {
      // A mistyped file is reported before any question.
      for (const file of settings.files) await lookAtFile(file);
      const { terminalAsker } = await import("../plan/terminal_asker.ts");
      const terminal = { ask: io.ask, tell: (line: string) => screen.line(line) };
      return terminalAsker(terminal, { program: BUILD.call });
    })
    : undefined;
  const reporter = {
    trouble: (line: string) => screen.line(line),
    detail: (line: string) => verbose && screen.line(line),
  };
  const { plan, account } = await planAndAccount({
    ...settings,
    files: await expanded(settings.files),
  }, {
    accounts,
    folders,
    home: io.env("HOME"),
    asker,
    clock,
    tell: reporter.trouble,
  });
  const server = formatAddress(plan.server);
  // Set before the first wait, which may be for another client that registers in the same folder.
  const interruption = new Interruption(plan.files, { io, screen });
  const uplink = await account.uplink({ ...settings, name: plan.name, reporter, clock });
  const progress = new BatchProgress({ now: clock.now });
  // Files skipped because of an error have the same error object as the file that failed.
  const told = new Set<ClientError>();
  let givenUp = 0;
  let begun = clock.now();
  try {
    const outcomes = await sendFiles(plan.files, {
      uplink,
      now: clock.now,
      parallel: settings.parallel ??
        usualConnections(navigator.hardwareConcurrency, uplink),
      onConflict: settings.onConflict,
      allowGrowing: settings.allowGrowing,
      onSame(file, first) {
        interruption.sent(file);
        reporter.detail(
          `${quotedPath(file)} is the same file as ${quotedPath(first.path)}; it is sent once`,
        );
      },
      onLooked(files) {
        begun = clock.now();
        progress.begin(files);
        screen.begin();
      },
      onProgress: (file, sent) => screen.progress(progress.sent(file, sent)),
      onOutcome(outcome) {
        screen.clear();
        if (json) stdout.write(`${JSON.stringify(jsonOutcome(outcome, server))}\n`);
        if (outcome.status === "sent") {
          interruption.sent(outcome.file);
          progress.end(outcome.local);
          if (!json && !quiet) stdout.write(`${sentLine(outcome, server)}\n`);
        } else if (told.has(outcome.error)) {
          givenUp += 1;
        } else {
          told.add(outcome.error);
          screen.line(errorLine(outcome.error));
        }
      },
    });
    if (givenUp > 0) screen.line(givenUpLine(givenUp));
    if (outcomes.length > 1 && !json && !quiet) {
      const milliseconds = clock.now() - begun;
      stdout.write(`${summaryLine(outcomes, { server, milliseconds })}\n`);
    }
    const first = outcomes.find((outcome) => outcome.status === "failed");
    return first?.error.exitCode ?? EXIT.sent;
  } finally {
    await uplink.close();
  }
}

/** The files with patterns expanded, on systems that leave that to programs. */
async function expanded(files: readonly string[]): Promise<readonly string[]> {
  // Usually there are none, and the module is not loaded.
  if (!files.some((file) => isPattern(file))) return files;
  const { expandPatterns } = await import("../plan/expand_patterns.ts");
  return expandPatterns(files);
}
