import { type Address, formatAddress } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { BatchProgress, sendFiles, usualConnections } from "../batch/send_files.ts";
import { BUILD } from "../build.ts";
import { type ClientError, EXIT, type ExitCode, localError } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import {
  type ClientFolders,
  clientFolders,
  identityPlaces,
  usualPlaces,
} from "../identity/client_folders.ts";
import type { Asker, Known, Plan } from "../plan/plan.ts";
import { lookAtFile } from "../files/local_file.ts";
import { isPattern } from "../files/paths.ts";
import {
  errorLine,
  givenUpLine,
  interruptedLine,
  jsonOutcome,
  sentLine,
  summaryLine,
} from "../report.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import type { Account, Accounts } from "./account.ts";
import type { Clock } from "../../shared/clock.ts";
import { SIGNAL_EXIT } from "../../shared/settings/last_resort.ts";

/** The command `send`: makes a plan, sends files, reports their outcomes. */
export async function runSend(
  settings: ClientSettings,
  { io, home, stdout, screen }: CommandContext,
  accounts: Accounts,
): Promise<ExitCode> {
  const { json, quiet, verbose, onConflict } = settings;
  const { clock } = io;
  if (settings.as !== undefined) {
    throw localError("bad-setting", "--as is for protocol 4: protocol 3 sends files only");
  }
  if (onConflict === "replace" || onConflict === "skip") {
    throw localError(
      "bad-setting",
      `--on-conflict ${onConflict} is for protocol 4: this one does not know what a server has`,
    );
  }
  const folders = await clientFolders(settings.dir, usualPlaces(home, io.env));
  const interactive = io.stdin.isTerminal() && io.stdout.isTerminal() && !json;
  const makeAsker = async () => {
    // A mistyped file is reported before any question.
    for (const file of settings.files) await lookAtFile(file);
    const { terminalAsker } = await import("../plan/terminal_asker.ts");
    const terminal = { ask: io.ask, tell: (line: string) => screen.line(line) };
    return terminalAsker(terminal, { program: BUILD.call });
  };
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
    makeAsker: interactive ? makeAsker : undefined,
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
      onConflict: settings.onConflict === "rename" ? "rename" : "refuse",
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

/** Milliseconds that another client may take to register, in addition to its timeouts. */
const LOCK_TIME = 10_000;

/** The plan and the account to use. */
export interface PlanAndAccount {
  readonly plan: Plan;
  readonly account: Account;
}

/**
 * Makes the plan, and finds the account at its server; neither id nor name is sent to any other.
 * Throws a `ClientError`.
 */
export async function planAndAccount(
  settings:
    & Pick<ClientSettings, "files" | "server" | "name" | "timeout" | "retries" | "retryTime">
    & Partial<Pick<ClientSettings, "protocol">>,
  { accounts, folders, home, makeAsker, clock, tell }: {
    readonly accounts: Accounts;
    readonly folders: ClientFolders;
    /** The user's home folder; undefined if unknown. */
    readonly home: string | undefined;
    /** Makes what asks the user, before its first question; undefined if no user can be asked. */
    readonly makeAsker: (() => Promise<Asker>) | undefined;
    /** Times the wait for another client that registers. */
    readonly clock: Clock;
    /** Receives lines for the user. */
    readonly tell: (line: string) => void;
  },
): Promise<PlanAndAccount> {
  const { folder, identities, newIn, userFolder } = folders;
  const { server, name, files } = settings;
  // Most runs have an account, and a command line that says all: they load nothing of plans.
  const planning = () => import("../plan/plan.ts");
  const places = identityPlaces(folders, async (at) => (await planning()).plannedServer(at));
  let account: Account | undefined;
  const accountAt = async (at: Address) => {
    if (account !== undefined && at === server) return account;
    const { timeout, retries, retryTime } = settings;
    const lockTime = LOCK_TIME + retryTime + timeout * (retries + 1);
    return account = await accounts.at(at, { ...places, name, lockTime, tell, clock });
  };
  if (server !== undefined && files.length > 0) {
    const found = await accountAt(server);
    const isNamed = found.name !== undefined && (name === undefined || name === found.name);
    if (isNamed) return { plan: { server, name, files }, account: found };
  }
  const { lateAsker, makePlan } = await planning();
  const asker = makeAsker && lateAsker(makeAsker);
  const plan = await makePlan({
    settings,
    folder,
    newIn,
    home,
    asker,
    isUnprovenAsked: settings.protocol === "auto",
    async identityOf(server): Promise<Known | undefined> {
      const name = server === undefined
        ? await accounts.nameIn(newIn)
        : (await accountAt(server)).name;
      return name === undefined ? undefined : { name };
    },
    knownServers: () => accounts.servers(identities),
    async lastServer() {
      if (newIn !== userFolder) return undefined;
      const { readLastServer } = await import("../identity/last_server.ts");
      return await readLastServer(newIn);
    },
  });
  return { plan, account: account ?? await accountAt(plan.server) };
}

/** Reports the state of all files when the user interrupts the program. */
export class Interruption {
  readonly #total: number;
  readonly #unsent: string[];

  /**
   * From here on a signal ends the program, after a line that says what was sent and what was not.
   */
  constructor(files: readonly string[], { io, screen }: Pick<CommandContext, "io" | "screen">) {
    this.#total = files.length;
    this.#unsent = [...files];
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      io.onSignal(signal, () => {
        screen.clear();
        screen.line(interruptedLine({ total: this.#total, unsent: this.#unsent }));
        io.exit(SIGNAL_EXIT[signal]);
      });
    }
  }

  /** Records that a file was sent and verified. */
  sent(file: string): void {
    const at = this.#unsent.indexOf(file);
    if (at >= 0) this.#unsent.splice(at, 1);
  }
}
