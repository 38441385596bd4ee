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
import signal
import struct
import sys
import termios
import threading


class HungUp(Exception):
    pass


def hang_up(_signal, _frame):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    raise HungUp


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


def type_in(master):
    while data := os.read(0, 4096):
        try:
            write_all(master, data)
        except OSError:
            break
    os.kill(os.getpid(), signal.SIGHUP)


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
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    report(f"pid {pid}")
    waiter = threading.Thread(target=report_end, args=[pid])
    waiter.start()
    signal.signal(signal.SIGHUP, hang_up)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: kill_group(pid))
    os.write(go, b"!")
    threading.Thread(target=type_in, args=[master], daemon=True).start()
    try:
        while data := os.read(master, 65536):
            write_all(1, data)
    except (OSError, HungUp):
        # OSError: everything that had the terminal open has ended.
        pass
    os.close(master)
    os.close(1)
    waiter.join()
    # Not by way of the interpreter's own end, which waits for standard input.
    os._exit(0)


main()
