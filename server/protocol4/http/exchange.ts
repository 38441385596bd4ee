import type { Logger } from "@logtape/logtape";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { Peer } from "../../listening/piping/handler.ts";

/** A request on its way to a resource. */
export interface Exchange {
  readonly request: Request;
  /** The path behind the resource's own, as it stands in the request, without a slash before it. */
  readonly rawPath: string;
  /** What stands behind `?`. */
  readonly query: URLSearchParams;
  readonly peer: Peer;
  /**
   * Notes whose request it is, until it is answered. Throws a `ProblemError`, `server-busy`, if the
   * client has too many under way.
   */
  readonly isOf: (client: ClientId) => void;
  /**
   * To be called last by a handler whose body holds something, such as an open file: the request
   * counts until the result is disposed of, and not only until it is answered.
   */
  readonly lasts: () => Disposable;
}

/** Answers a request, or throws. */
export type Handler = (exchange: Exchange) => Promise<Response> | Response;

/** The handlers of a resource by method; HEAD is one of its own where GET would open a file. */
export type Resource = Readonly<Record<string, Handler>>;

/** The log for a request, with what is known of its client. */
export function logOf({ peer }: Exchange, client?: LoggedClient): Logger {
  if (client === undefined) return peer.log;
  return peer.log.with({ client: client.hint, name: client.name });
}

/** A client as a line of the log shows it. */
export interface LoggedClient {
  /** The first digits of its id. */
  readonly hint: string;
  readonly name: string;
}

/**
 * The raw path of a request and what stands behind `?`: a URL that was parsed has lost its dots.
 */
export function rawTarget(url: string): { readonly path: string; readonly query: string } {
  const [, target = ""] = /^[a-z]+:\/\/[^/?]*(.*)$/is.exec(url) ?? [];
  const mark = target.indexOf("?");
  if (mark < 0) return { path: target, query: "" };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
