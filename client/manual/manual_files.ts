/** The files that the client reads and writes, with their purposes. */
export const FILES: Readonly<Record<string, string>> = {
  "transfer.info":
    "Three lines: host:port of the server, the user's name, the path of the file to send. Read " +
    "where the command line does not say all; written only by the user, or with his consent.",
  "me.info":
    "Who the client is: name, id as 32 hexadecimal digits, private key in base64. Made at the " +
    "registration, readable by its owner alone. Anyone who has it can send as that client.",
  "priv.key": "The private key once more, in base64.",
  "servers/":
    "Beside these files: a folder for each other server, with the identity for that, and notes " +
    "about which server me.info is for.",
  "~/.config/sealpost/":
    "Where an installed client keeps these files when no folder has them; in XDG_CONFIG_HOME " +
    "where that is set.",
};
