import { quoted, visible } from "../../../shared/text/quoted.ts";
import { EXIT, type ExitCode, localError } from "../../client_error.ts";
import type { CommandContext } from "../../command_context.ts";
import type { TokenSettings } from "../../settings/token_settings.ts";
import { badAnswer, expectRemoved, expectStatus } from "../connection/errors.ts";
import { objectOf, requestToken } from "../identity/server_requests.ts";
import type { Session } from "../session.ts";
import { chosenServer, configOf, linkOptions, openSession } from "./command_server.ts";

/** A token of the client, as the server lists it. */
interface Listed {
  readonly id: string;
  readonly scope: string;
  readonly expires: string;
  readonly current: boolean;
}

/** The most bytes of a list of tokens. */
const MOST_LISTED = 1024 * 1024;

/** The command `token`: makes a token for other programs, lists all, or ends one. */
export async function runToken(
  settings: TokenSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const { list, revoke, json, quiet } = settings;
  if (list && revoke !== undefined) {
    throw localError("bad-command-line", "Give --list or --revoke, not both");
  }
  const config = await configOf(settings, context);
  const options = linkOptions(settings, context);
  const known = await chosenServer(config, settings.server);
  await using session = await openSession(known, { config, options, context });
  const { value, text } = revoke !== undefined
    ? await revoked(session, revoke)
    : list
    ? listed(await tokensOf(session))
    : await made(session, settings);
  if (json) context.stdout.write(`${JSON.stringify(value)}\n`);
  else if (!quiet || text.isToken) context.stdout.write(text.shown);
  return EXIT.sent;
}

/** A result, for JSON and for people. */
interface Result {
  readonly value: unknown;
  readonly text: { readonly shown: string; readonly isToken: boolean };
}

async function made(
  session: Session,
  { scope, expires: lifetime, quiet }: TokenSettings,
): Promise<Result> {
  const { token, tokenId: id, expires } = await requestToken(session.link, {
    ...session.identity,
    key: await session.identity.key(),
    asked: { scope, seconds: Math.round(lifetime / 1000) },
  });
  const about = quiet ? "" : `  ${scope}, until ${visible(expires)}, id ${visible(id)}`;
  return {
    value: { status: "made", token, id, scope, expires },
    text: { shown: `${token}${about}\n`, isToken: true },
  };
}

function listed(tokens: readonly Listed[]): Result {
  const lines = tokens.map(({ id, scope, expires, current }) =>
    `${id}  ${visible(scope)}, until ${visible(expires)}${current ? ", of this computer" : ""}\n`
  );
  return { value: { tokens }, text: { shown: lines.join(""), isToken: false } };
}

async function revoked(session: Session, given: string): Promise<Result> {
  const [token, another] = (await tokensOf(session))
    .filter(({ id }) => id.startsWith(given.toLowerCase()));
  if (token === undefined || another !== undefined) {
    const what = token === undefined ? "No token has" : "Several tokens have";
    throw localError(
      "bad-setting",
      `${what} an id that begins with ${quoted(given)}; --list shows them`,
    );
  }
  const { id } = token;
  const answer = await session.request({ method: "DELETE", path: `/v4/tokens/${id}` });
  await expectRemoved(answer, "end the token");
  return { value: { status: "revoked", id }, text: { shown: `Ended ${id}\n`, isToken: false } };
}

async function tokensOf(session: Session): Promise<readonly Listed[]> {
  const answer = await session.request({ method: "GET", path: "/v4/tokens" });
  const { body } = await expectStatus(answer, { statuses: [200], doing: "list the tokens" });
  const { tokens } = objectOf(await body.json(MOST_LISTED));
  if (!Array.isArray(tokens)) throw badAnswer("answered without a list of tokens");
  return tokens.map((value) => {
    const { id, scope, expires, current } = objectOf(value);
    const isText = typeof id === "string" && typeof scope === "string" &&
      typeof expires === "string";
    if (!isText || !/^[0-9a-f]{32}$/.test(id)) {
      throw badAnswer("answered with a token of another form");
    }
    return { id, scope, expires, current: current === true };
  });
}
