import { ProblemError } from "../../../shared/protocol4/problem.ts";
import type { Handler, Resource } from "./exchange.ts";

/** A resource and where it lies. */
export interface Route {
  /** The path, such as `/v4/files`. */
  readonly path: string;
  /** Whether the resource has the paths below it, and not the path itself. Default: false. */
  readonly below?: boolean;
  readonly resource: Resource;
}

/** What a router finds for a path. */
export interface Found {
  readonly handler: Handler;
  /** See `Exchange.rawPath`. */
  readonly rawPath: string;
}

/**
 * Finds the handler of a request by its method and raw path. A router of a library decodes paths,
 * so that `%2F` would become a slash, and answers HEAD with the handler of GET.
 */
export class Router {
  readonly #exact = new Map<string, Resource>();
  readonly #below = new Map<string, Resource>();

  constructor(routes: readonly Route[]) {
    for (const { path, below = false, resource } of routes) {
      (below ? this.#below : this.#exact).set(path, resource);
    }
  }

  /**
   * Finds the handler. Throws a `ProblemError`: `no-resource`, or `method-not-allowed` with the
   * methods that the resource has.
   */
  find(method: string, path: string): Found {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return { handler: handlerOf(exact, method), rawPath: "" };
    // The resources below which paths lie are two elements deep at most.
    for (const depth of [3, 2]) {
      const base = path.split("/", depth).join("/");
      const resource = this.#below.get(base);
      if (resource === undefined || !path.startsWith(`${base}/`)) continue;
      return { handler: handlerOf(resource, method), rawPath: path.slice(base.length + 1) };
    }
    throw new ProblemError("no-resource");
  }
}

function handlerOf(resource: Resource, method: string): Handler {
  // An answer to HEAD has no body, whatever the handler made.
  const name = method === "HEAD" && !Object.hasOwn(resource, "HEAD") ? "GET" : method;
  const handler = Object.hasOwn(resource, name) ? resource[name] : undefined;
  if (handler !== undefined) return handler;
  const methods = new Set(Object.keys(resource));
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].sort().join(", ");
  throw new ProblemError("method-not-allowed", `The resource has the methods ${allow}`, { allow });
}
