"""A client of protocol 4 by docs/protocol-4.md alone: Python's standard library, and openssl for keys.

independent_client.py ADDRESS FOLDER: registers, stores the files of FOLDER in each way that there
is, lists and fetches them, and prints in JSON what it found. Fails where an answer is not as the
page says.
"""

import base64
import hashlib
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import urllib.parse

MIB = 1024 * 1024


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*words, data=None):
    return subprocess.run(["openssl", *words], input=data, stdout=subprocess.PIPE, check=True).stdout


# The server and its key

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def spki_of(point):
    """The SubjectPublicKeyInfo of a compressed point of P-256."""
    x = int.from_bytes(point[1:], "big")
    y = pow(x**3 - 3 * x + B, (P + 1) // 4, P)
    if y % 2 != point[0] % 2:
        y = P - y
    prefix = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
    return prefix + b"\x04" + point[1:] + y.to_bytes(32, "big")


class Server:
    """What is at an address, once it has proved its key."""

    def __init__(self, address):
        place, _, fragment = address.removeprefix("sealpost://").partition("/#")
        host, _, port = place.rpartition(":")
        self.host, self.port = (host, int(port)) if port.isdigit() else (place, 1256)
        key, _, self.invitation = fragment.partition(".")
        self.spki = spki_of(from_base64url(key))
        digest = base64.b32encode(hashlib.sha256(self.spki).digest()).decode()
        self.name = digest.rstrip("=").lower() + ".sealpost.invalid"
        self.token = None
        self.certificate = None

    def connect(self):
        """A connection of which the handshake has shown the key."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        raw = socket.create_connection((self.host, self.port), 20)
        secure = context.wrap_socket(raw, server_hostname=self.name)
        certificate = secure.getpeercert(True)
        if certificate != self.certificate:
            words = ["-inform", "der", "-pubkey", "-noout"]
            shown = openssl("x509", *words, data=certificate).decode()
            if base64.b64decode(shown.split("-----")[2]) != self.spki:
                raise SystemExit("The server has another key")
            self.certificate = certificate
        connection = http.client.HTTPConnection(self.host, self.port)
        connection.sock = secure
        return connection

    def ask(self, method, path, body=None, headers=None, expect=(200,)):
        """Sends a request, and returns the headers and the body of the answer."""
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        connection = self.connect()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status not in expect:
            raise SystemExit(f"{method} {path}: {answer.status} {data[:500]}")
        return {name.lower(): value for name, value in answer.getheaders()}, data

    def ask_json(self, method, path, value=None, expect=(200, 201)):
        headers = {"Content-Type": "application/json"} if value is not None else {}
        body = None if value is None else json.dumps(value).encode()
        return json.loads(self.ask(method, path, body, headers, expect)[1])


# Clients and tokens

class DeviceKey:
    """A key of Ed25519 in a file."""

    def __init__(self, path):
        self.path = path
        openssl("genpkey", "-algorithm", "ed25519", "-out", path)
        self.public = openssl("pkey", "-in", path, "-pubout", "-outform", "der")[-32:]

    def sign(self, data):
        with open(self.path + ".data", "wb") as file:
            file.write(data)
        words = ["-sign", "-inkey", self.path, "-rawin", "-in", self.path + ".data"]
        return base64url(openssl("pkeyutl", *words))


def with_length(text):
    data = text.encode()
    return struct.pack("<H", len(data)) + data


def nonce_of(server):
    return server.ask_json("POST", "/v4/nonce")["nonce"]


def register(server, key, name):
    nonce = nonce_of(server)
    signed = b"sealpost-4 register\0" + server.spki + from_base64url(nonce)
    signed += with_length(name) + with_length(server.invitation)
    said = {"name": name, "label": "python", "key": base64url(key.public), "nonce": nonce}
    if server.invitation:
        said["invitation"] = server.invitation
    return server.ask_json("POST", "/v4/clients", {**said, "signature": key.sign(signed)})


def login(server, key, client, path="/v4/tokens", **more):
    nonce = nonce_of(server)
    signed = b"sealpost-4 login\0" + server.spki + bytes.fromhex(client) + from_base64url(nonce)
    said = {"id": client, "nonce": nonce, "signature": key.sign(signed), **more}
    return server.ask_json("POST", path, said)


def add_device(server, key, code, label):
    nonce = nonce_of(server)
    signed = b"sealpost-4 device\0" + server.spki + from_base64url(nonce)
    signed += with_length(label) + with_length(code)
    said = {"code": code, "key": base64url(key.public), "label": label, "nonce": nonce}
    return server.ask_json("POST", "/v4/devices", {**said, "signature": key.sign(signed)})


# Files

def leaves_of(data):
    blocks = [data[at:at + MIB] for at in range(0, len(data), MIB)] or [b""]
    return [hashlib.sha256(block).digest() for block in blocks]


def root_of(leaves):
    while len(leaves) > 1:
        pairs = [leaves[at:at + 2] for at in range(0, len(leaves), 2)]
        leaves = [hashlib.sha256(b"".join(pair)).digest() if len(pair) == 2 else pair[0]
                  for pair in pairs]
    return leaves[0]


def tag_of(data):
    return f'"{len(data)}-{root_of(leaves_of(data)).hex()}"'


def resource(path):
    return "/v4/files/" + "/".join(urllib.parse.quote(name, safe="") for name in path.split("/"))


def listing(server, path, limit):
    """All entries below a folder, in pages of `limit`."""
    found, after = [], None
    where = "/v4/files" if path == "" else resource(path)
    while True:
        query = f"?list&recursive&limit={limit}"
        if after is not None:
            query += "&after=" + urllib.parse.quote(after, safe="")
        lines = server.ask("GET", where + query)[1].decode().splitlines()
        page = [json.loads(line) for line in lines]
        found += page
        if len(page) < limit:
            return found
        after = page[-1]["path"]


def fetch(server, path, cut):
    """A file in two parts, compared with its tag."""
    head, _ = server.ask("HEAD", resource(path))
    if int(head["content-length"]) <= cut:
        headers, data = server.ask("GET", resource(path))
    else:
        _, first = server.ask("GET", resource(path), None, {"Range": f"bytes=0-{cut - 1}"}, (206,))
        rest = {"Range": f"bytes={cut}-", "If-Range": head["etag"]}
        headers, last = server.ask("GET", resource(path), None, rest, (206,))
        data = first + last
    if not headers["etag"] == head["etag"] == tag_of(data):
        raise SystemExit(f"{path} is not what its tag says")
    return headers, data


# Uploads

def metadata(**members):
    pairs = [f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in members.items()]
    return ",".join(pairs)


def create_upload(server, path, data, mtime):
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(data)),
        "Upload-Metadata": metadata(path=path, mtime=mtime, tree=root_of(leaves_of(data)).hex()),
    }
    answer, _ = server.ask("POST", "/v4/uploads", b"", headers, (200, 201))
    return answer["location"], int(answer.get("upload-offset", 0))


def begin_patch(server, place, data, sent):
    """Sends a part of what a PATCH announces, and cuts the connection."""
    connection = server.connect()
    connection.putrequest("PATCH", place)
    connection.putheader("Authorization", "Bearer " + server.token)
    connection.putheader("Content-Type", "application/offset+octet-stream")
    connection.putheader("Upload-Offset", "0")
    connection.putheader("Content-Length", str(len(data)))
    connection.endheaders()
    connection.send(data[:sent])
    # A reset would take from the server what it has not read yet.
    connection.sock.shutdown(socket.SHUT_WR)
    while connection.sock.recv(MIB):
        pass
    connection.close()


def upload(server, path, data, mtime):
    """An upload that is interrupted, and gone on with; returns the offset from which that was."""
    place, offset = create_upload(server, path, data, mtime)
    if offset != 0:
        raise SystemExit("A new upload has bytes")
    begin_patch(server, place, data, 2 * MIB + 5_000)
    # Another run finds the upload by what it says of the file.
    again, _ = create_upload(server, path, data, mtime)
    if again != place:
        raise SystemExit("The upload was not found again")
    offset = int(server.ask("HEAD", place)[0]["upload-offset"])
    if offset == 0:
        raise SystemExit("Nothing was kept of what came")
    leaves = server.ask("GET", place + "/leaves")[1]
    if leaves != b"".join(leaves_of(data[:offset])):
        raise SystemExit("The server has other blocks")
    headers = {"Content-Type": "application/offset+octet-stream", "X-Commit": "later"}
    wrong = {**headers, "Upload-Offset": "1"}
    refused = server.ask("PATCH", place, data[1:], wrong, (409,))
    problem = json.loads(refused[1])
    if (problem["reason"], problem["offset"]) != ("offset-mismatch", offset):
        raise SystemExit(f"The wrong offset was refused with {problem}")
    headers["Upload-Offset"] = str(offset)
    answer, _ = server.ask("PATCH", place, data[offset:], headers, (204,))
    if int(answer["upload-offset"]) != len(data):
        raise SystemExit("The offset is not at the end")
    commit = {"tree": root_of(leaves_of(data)).hex(), "size": len(data)}
    for _ in range(2):
        said = server.ask_json("POST", place + "/commit", commit)
        if (said["path"], said["size"], said["tree"]) != (path, len(data), commit["tree"]):
            raise SystemExit(f"The commit says {said}")
    return offset


# Batches

FILE, FOLDER, FLUSH, DONE, REFUSED = 1, 2, 3, 0x81, 0x82


def frame(kind, number, body=b""):
    return struct.pack("<BBHII", kind, 0, 0, number, len(body)) + body


def file_frame(number, meta, data, digest=None):
    text = json.dumps(meta, separators=(",", ":")).encode()
    digest = digest or hashlib.sha256(data).digest()
    return frame(FILE, number, struct.pack("<H", len(text)) + text + digest + data)


def batch(server, frames):
    """Sends frames, and returns the ids that are done, and the reasons of those that are refused."""
    _, data = server.ask("POST", "/v4/batch", b"".join(frames))
    done, refused, at = [], {}, 0
    while at < len(data):
        kind, zero, zeros, number, size = struct.unpack_from("<BBHII", data, at)
        body = data[at + 12:at + 12 + size]
        at += 12 + size
        if (zero, zeros) != (0, 0) or len(body) != size:
            raise SystemExit("An answer to a batch is none")
        if kind == DONE:
            done += struct.unpack(f"<{size // 4}I", body)
        elif kind == REFUSED:
            (length,) = struct.unpack_from("<H", body)
            refused[number] = body[2:2 + length].decode()
    return sorted(done), refused


def main(address, folder):
    server = Server(address)
    about = server.ask_json("GET", "/v4")
    if 4 not in about["versions"] or about["blockSize"] != MIB:
        raise SystemExit(f"The server speaks {about}")
    key = DeviceKey(os.path.join(folder, "key.pem"))
    registered = register(server, key, "Ada")
    server.token = registered["token"]
    # Repeated, it is the same client.
    if register(server, key, "Ada")["id"] != registered["id"]:
        raise SystemExit("A repeated registration is another client")

    example = frame_of_the_page()
    done, refused = batch(server, [
        example,
        frame(FOLDER, 2, json.dumps({"path": "photos/empty", "mode": "750"}).encode()),
        file_frame(3, {"path": "photos/\u00e9 \U0001f600", "mtime": "1700000000123456789"}, b"abc"),
        file_frame(4, {"path": "photos/link", "link": "\u00e9 \U0001f600"}, b""),
        frame(FLUSH, 0),
        file_frame(5, {"path": "wrong"}, b"abc", bytes(32)),
        file_frame(6, {"path": "../x"}, b"abc"),
    ])
    large = open(os.path.join(folder, "large"), "rb").read()
    resumed = upload(server, "photos/large", large, "1600000000000000000")
    put = {"X-Mtime": "-1", "X-Mode": "640", "If-None-Match": "*"}
    headers, _ = server.ask("PUT", resource("put me"), b"put", put, (201,))
    if headers["etag"] != tag_of(b"put"):
        raise SystemExit("The tag of a PUT is another one")
    server.ask("PUT", resource("put me"), b"other", put, (412,))
    replace = {"If-Match": headers["etag"]}
    server.ask("PUT", resource("put me"), b"put again", replace, (200,))
    server.ask("MKCOL", resource("moved"), None, {}, (201,))
    to = {"Destination": resource("moved/put")}
    server.ask("MOVE", resource("put me"), None, to, (200, 201, 204))
    server.ask("DELETE", resource("a"), None, {}, (204,))
    server.ask("DELETE", resource("photos"), None, {}, (409,))

    fetched = {}
    for entry in listing(server, "", 2):
        if entry["kind"] == "file":
            got, data = fetch(server, entry["path"], MIB + 1)
            if (entry["size"], f'"{entry["size"]}-{entry["tree"]}"') != (len(data), got["etag"]):
                raise SystemExit(f"The list says of {entry['path']} what it is not")
            fetched[entry["path"]] = hashlib.sha256(data).hexdigest()

    other = DeviceKey(os.path.join(folder, "other.pem"))
    code = login(server, key, registered["id"], "/v4/devices/codes")["code"]
    added = add_device(server, other, code, "second")
    reading = login(server, other, added["id"], scope="read", seconds=60)
    server.token = reading["token"]
    server.ask("PUT", resource("x"), b"x", {}, (403,))
    entries = listing(server, "", 1_000)
    devices = server.ask_json("GET", "/v4/devices")["devices"]
    server.token = registered["token"]
    server.ask("DELETE", "/v4/tokens/" + reading["tokenId"], None, {}, (204,))
    server.token = reading["token"]
    problem = json.loads(server.ask("GET", "/v4/files?list", None, {}, (401,))[1])
    server.token = registered["token"]
    code = login(server, key, registered["id"], "/v4/devices/codes")["code"]
    print(json.dumps({
        "join": f"{address}.{code}",
        "done": done, "refused": refused, "resumed": resumed, "fetched": fetched,
        "entries": entries, "devices": len(devices), "name": added["name"],
        "revoked": problem["reason"],
    }))


def frame_of_the_page():
    """The frame that docs/protocol-4.md has as its example, which is the one that it describes."""
    page = os.path.join(os.path.dirname(__file__), "../../docs/protocol-4.md")
    text = open(page, encoding="utf-8").read().split("```text\n01 00")[1].split("```")[0]
    example = bytes.fromhex("01 00" + text)
    if example != file_frame(1, {"path": "a"}, b"abc"):
        raise SystemExit("The example of the page is not what it describes")
    return example


if __name__ == "__main__":
    main(*sys.argv[1:])
