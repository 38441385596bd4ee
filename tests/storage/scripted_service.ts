/** What a scripted service does with a request: answers, never answers, or cuts the connection. */
export type ScriptedAnswer = Response | "silence" | "cut";

/** A service on loopback that answers as a test says. */
export interface ScriptedService extends AsyncDisposable {
  readonly endpoint: string;
  /** Method, path and query of all requests, in their order. */
  readonly requests: readonly string[];
  /** The headers of the last request. */
  headers(): Headers;
}

/** Starts a service that gives each request what `answer` returns for it. */
export function scriptedService(
  answer: (request: { readonly method: string; readonly url: URL }) => ScriptedAnswer,
): ScriptedService {
  const requests: string[] = [];
  let headers = new Headers();
  const ended = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: ended.signal },
    async (request) => {
      const url = new URL(request.url);
      await request.arrayBuffer();
      headers = request.headers;
      requests.push(`${request.method} ${url.pathname}${url.search}`);
      const given = answer({ method: request.method, url });
      if (given instanceof Response) return given;
      if (given === "silence") {
        await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      }
      return cut();
    },
  );
  return {
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    requests,
    headers: () => headers,
    async [Symbol.asyncDispose]() {
      ended.abort();
      await server.finished;
    },
  };
}

/** An answer whose body breaks off: its receiver knows that it is not whole. */
function cut(): Response {
  const body = new ReadableStream({
    start: (controller) => controller.close(),
  });
  return new Response(body, { headers: { "content-length": "1000" } });
}
