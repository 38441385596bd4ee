/**
 * The server answered with an error, or with something that was not its turn: the same request is sent
 * again. The connection can still be used.
 */
export class ServerFault extends Error {
  override readonly name: string = "ServerFault";
}

/** The server understood no revision of the protocol. */
export class NotUnderstood extends ServerFault {
  override readonly name = "NotUnderstood";
}

/** The connection ended, or nothing came over it in time: another one has to be made. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** No connection could be made at all. */
export class ConnectFailed extends Error {
  override readonly name = "ConnectFailed";
}
