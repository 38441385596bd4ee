"""Connects from many addresses of 127.0.0.0/8: many_addresses.py PORT ADDRESSES EACH [REQUEST [deaf]]

Opens EACH connections from each address, and opens one again PAUSE seconds after the server closed
it. With REQUEST, hexadecimal bytes in which ###### stands for a number, each connection sends it at
once and every PAUSE seconds, and reads what comes unless it is deaf. Prints "begun" once all were
opened, "answered" once after that each open one was sent something, and what it opened in all when
standard input ends. Deno cannot choose the address that it connects from.
"""

import heapq
import resource
import selectors
import socket
import sys
import time

PAUSE = 5

port, addresses, each = (int(word) for word in sys.argv[1:4])
request = bytes.fromhex(sys.argv[4]) if len(sys.argv) > 4 else b""
deaf = len(sys.argv) > 5
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
selector = selectors.DefaultSelector()
selector.register(sys.stdin, selectors.EVENT_READ)
opened = 0
# What is to be done when: open a connection from an address, or send over one.
due = [(0.0, n, f"127.1.{n % addresses // 250}.{n % addresses % 250 + 1}", None)
       for n in range(addresses * each)]
# Those from which nothing is read: kept, so that they stay open.
silent = []
total, number, begun, answered = len(due), len(due), False, False
# Open, read from, and sent nothing yet.
unanswered = set()


def close(connection, address):
    if not deaf:
        selector.unregister(connection)
        unanswered.discard(connection)
    connection.close()
    heapq.heappush(due, (time.monotonic() + PAUSE, number, address, None))


def send(connection, address):
    try:
        connection.send(request.replace(b"######", b"%06d" % number))
    except BlockingIOError:
        pass
    except OSError:
        return close(connection, address)
    heapq.heappush(due, (time.monotonic() + PAUSE, number, address, connection))


while True:
    while due and due[0][0] <= time.monotonic():
        _, _, address, connection = heapq.heappop(due)
        number += 1
        if connection is None:
            connection = socket.socket()
            if deaf:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.bind((address, 0))
            connection.connect(("127.0.0.1", port))
            connection.setblocking(False)
            if deaf:
                silent.append(connection)
            else:
                selector.register(connection, selectors.EVENT_READ, address)
                unanswered.add(connection)
            opened += 1
        elif connection.fileno() < 0:
            continue
        if request:
            send(connection, address)
    if opened >= total and not begun:
        begun = True
        print("begun", flush=True)
    if begun and not answered and not unanswered:
        answered = True
        print("answered", flush=True)
    wait = max(0, due[0][0] - time.monotonic()) if due else None
    for key, _ in selector.select(wait):
        if key.data is None:
            print(opened, flush=True)
            sys.exit()
        try:
            if key.fileobj.recv(65536):
                unanswered.discard(key.fileobj)
                continue
        except BlockingIOError:
            continue
        except OSError:
            pass
        close(key.fileobj, key.data)
