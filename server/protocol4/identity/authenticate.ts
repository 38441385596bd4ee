import { ProblemError, type ProblemReason } from "../../../shared/protocol4/problem.ts";
import { type ClientId, clientIdHint } from "../../../shared/wire/client_id.ts";
import type { Accounts, PresentedToken, Scope } from "../../storage/trees/accounts.ts";
import type { Exchange, LoggedClient } from "../http/exchange.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { secretHash } from "./token.ts";

/** What a request is to do: read, change what may be there, or create what is not. */
export type Action = "read" | "change" | "create";

/** The client of a request, and what its token permits. */
export interface Client extends LoggedClient {
  readonly id: ClientId;
  /** The most bytes that it may store, if it has a limit of its own. */
  readonly quota?: number | undefined;
  readonly token: Pick<PresentedToken, "id" | "deviceId" | "scope">;
  /** Whether it may only create what is not there. */
  readonly createsOnly: boolean;
}

const PERMITTED: Readonly<Record<Scope, ReadonlySet<Action>>> = {
  read: new Set<Action>(["read"]),
  write: new Set<Action>(["read", "change", "create"]),
  drop: new Set<Action>(["create"]),
};

/** Methods that change nothing, with which the password of Basic is accepted. */
const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PROPFIND"]);

const NOT_VALID: Readonly<Record<"expired" | "revoked", ProblemReason>> = {
  expired: "token-expired",
  revoked: "token-revoked",
};

/**
 * Finds out whose request it is, by its token. Throws a `ProblemError`: `no-token`,
 * `token-unknown`, `token-expired`, `token-revoked`, `scope-too-narrow`, `origin-refused` and
 * `server-busy`.
 */
export async function authenticate(
  { request, peer, isOf }: Exchange,
  { accounts, action }: { readonly accounts: Accounts; readonly action: Action },
): Promise<Client> {
  const credentials = credentialsOf(request.headers.get("authorization"));
  if (credentials === undefined) throw new ProblemError("no-token");
  if (credentials.scheme === "basic" && !SAFE_METHODS.has(request.method)) {
    throw request.headers.has("origin")
      ? new ProblemError("origin-refused")
      : new ProblemError("no-token", "A change needs the token as Bearer; Basic is for reading");
  }
  const token = await knownToken(credentials, accounts);
  if (token.state !== "valid") throw new ProblemError(NOT_VALID[token.state]);
  const account = await accounts.account(token.clientId);
  if (account === undefined) throw new ProblemError("token-unknown");
  const { id } = account;
  peer.slot.identified(id);
  isOf(id);
  if (!PERMITTED[token.scope].has(action)) {
    throw new ProblemError("scope-too-narrow", `The token has the scope "${token.scope}"`);
  }
  return {
    id,
    name: account.name,
    hint: clientIdHint(id),
    quota: account.quota,
    token,
    createsOnly: token.scope === "drop",
  };
}

/**
 * Checks that the token of a request was not revoked since the request began. To be called after a
 * long body, before anything is recorded. A token that has expired meanwhile remains valid for the
 * request. Throws as `authenticate()` does.
 */
export async function expectToken(
  { request }: Pick<Exchange, "request">,
  { accounts }: { readonly accounts: Pick<Accounts, "token"> },
): Promise<void> {
  const credentials = credentialsOf(request.headers.get("authorization"));
  if (credentials === undefined) throw new ProblemError("no-token");
  const { state } = await knownToken(credentials, accounts);
  if (state === "revoked") throw new ProblemError(NOT_VALID[state]);
}

async function knownToken(
  { token: text }: Credentials,
  accounts: Pick<Accounts, "token">,
): Promise<PresentedToken> {
  const token = await accounts.token(secretHash(text));
  if (token === undefined) throw new ProblemError("token-unknown");
  return token;
}
