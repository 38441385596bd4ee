/**
 * The server answered with an error, or with something that was not its turn: the same request is sent
 * again. The connection can still be used.
 */
export class ServerFault extends Error {
  override readonly name: string = "ServerFault";
}

/** The server understood no revision of the protocol. */
export class NotUnderstood extends Error {
  override readonly name = "NotUnderstood";
  /** Whether it said nothing at all. */
  readonly silent: boolean;
  /** Whether it answered with errors, or with what is no answer. */
  readonly answered: boolean;

  constructor(
    message: string,
    { silent, answered }: { readonly silent: boolean; readonly answered: boolean },
  ) {
    super(message);
    this.silent = silent;
    this.answered = answered;
  }
}

/** The connection ended, or nothing came over it in time: another one has to be made. */
export class ConnectionLost extends Error {
  override readonly name: string = "ConnectionLost";
}

/** Nothing came over the connection in time, although it stood. */
export class NoAnswer extends ConnectionLost {
  override readonly name = "NoAnswer";
}

/** What answered is a service of another kind. */
export class ForeignService extends ConnectionLost {
  override readonly name = "ForeignService";
  /** What it is, with its article. */
  readonly kind: string;

  constructor(kind: string) {
    super(`The answer was that of ${kind}`);
    this.kind = kind;
  }
}

/** No connection could be made at all. */
export class ConnectFailed extends Error {
  override readonly name = "ConnectFailed";
}
