/** A request that came through a pipe. */
export interface PipedRequest {
  /** Whether the client may still be sending its body. */
  readonly body: boolean;
  /** Whether its handler has returned. */
  answered: boolean;
  /** How often the handler said that it works on something, and the client has to wait. */
  works: number;
}

/** The requests under way on one connection: whom is waited for, the client or the server? */
export class PipedRequests {
  readonly #all = new Set<PipedRequest>();
  #begun = 0;
  #onChange: () => void = () => {};

  /** How many have begun. */
  get begun(): number {
    return this.#begun;
  }

  /** How many have begun, and are not sent to their end. */
  get underWay(): number {
    return this.#all.size;
  }

  /** Whether more of a body is due from the client. */
  get bodyDue(): boolean {
    return this.#all.values().some(({ body, answered }) => body && !answered);
  }

  /** Whether the client waits for an answer, and has nothing to send meanwhile. */
  get answerDue(): boolean {
    return this.#all.values().some(({ body, answered, works }) =>
      !answered && (!body || works > 0)
    );
  }

  /** Adds a request; `body` if its client may have more to send. */
  begin({ body }: { readonly body: boolean }): PipedRequest {
    const request = { body, answered: false, works: 0 };
    this.#all.add(request);
    this.#begun++;
    this.#onChange();
    return request;
  }

  /** Removes a request, whose answer was sent or given up. */
  end(request: PipedRequest): void {
    this.#all.delete(request);
    this.#onChange();
  }

  /** Resolves when a request has begun or ended, or at `rouse()`. Not to be called again before. */
  changed(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onChange = resolve;
    return promise;
  }

  /** Ends the wait for a change. */
  rouse(): void {
    this.#onChange();
  }
}
