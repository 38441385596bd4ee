"""Runs a command on a pseudo terminal: python3 pseudo_terminal.py COLUMNS ROWS COMMAND [ARGUMENT...]

The command leads a new session whose terminal it has, so that ^C is delivered as a terminal delivers
it: to the whole foreground group. Standard input is what is typed, standard output what the screen
gets. Standard error has two lines: `pid N` at the start, and `exit N` or `signal N` when the command
has ended. The end of standard input closes the terminal; what runs on it gets SIGHUP then. SIGTERM
ends the command and its whole group with SIGKILL.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import threading


def kill_group(pid):
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def report(line):
    os.write(2, f"{line}\n".encode())


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def end_group(pid):
    # Not by a handler: one that is called just before a read does not end that read.
    signal.sigwait({signal.SIGTERM})
    kill_group(pid)


def type_in(master, closing):
    while data := os.read(0, 4096):
        try:
            write_all(master, data)
        except OSError:
            break
    os.close(closing)


def report_end(pid):
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    report(f"exit {code}" if code >= 0 else f"signal {-code}")


def main():
    columns, rows, *command = sys.argv[1:]
    # The command waits until its terminal has a size.
    ready, go = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        os.read(ready, 1)
        os.execvp(command[0], command)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    report(f"pid {pid}")
    waiter = threading.Thread(target=report_end, args=[pid])
    waiter.start()
    threading.Thread(target=end_group, args=[pid], daemon=True).start()
    os.write(go, b"!")
    closed, closing = os.pipe()
    threading.Thread(target=type_in, args=[master, closing], daemon=True).start()
    try:
        while closed not in select.select([master, closed], [], [])[0]:
            data = os.read(master, 65536)
            if not data:
                break
            write_all(1, data)
    except OSError:
        # Everything that had the terminal open has ended.
        pass
    os.close(master)
    os.close(1)
    waiter.join()
    # Not by way of the interpreter's own end, which waits for standard input.
    os._exit(0)


main()
