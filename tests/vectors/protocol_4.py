"""Makes protocol-4.json, with nothing of the project: python3 protocol_4.py > protocol-4.json

Needs the program openssl for the keys; other keys are made by each run.
"""
import base64, hashlib, json, struct, subprocess

MIB = 1 << 20
sha = lambda data: hashlib.sha256(data).digest()


def content(size):
    """Byte i is i + 3 * (i >> 8) + 5 * (i >> 16) + 7 * (i >> 20), modulo 256."""
    return bytes((i + 3 * (i >> 8) + 5 * (i >> 16) + 7 * (i >> 20)) & 255 for i in range(size))


def leaves(data):
    return [sha(data[at:at + MIB]) for at in range(0, max(1, len(data)), MIB)]


def root(level):
    while len(level) > 1:
        pairs = [sha(level[i] + level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = pairs + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def tree(name, data):
    return {"name": name, "size": len(data), "leaves": [leaf.hex() for leaf in leaves(data)],
            "root": root(leaves(data)).hex()}


def trees():
    sizes = {"empty": 0, "one byte": 1, "1 MiB - 1": MIB - 1, "1 MiB": MIB, "1 MiB + 1": MIB + 1,
             "2 MiB": 2 * MIB, "3 MiB": 3 * MIB, "5 MiB": 5 * MIB}
    return [tree(name, content(size)) for name, size in sizes.items()]


def without_domain_separation():
    two = leaves(content(2 * MIB))
    short = two[0] + two[1]
    return {"size": len(short), "content": short.hex(), "root": root(leaves(short)).hex()}


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, capture_output=True, check=True).stdout


def key():
    private = openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout")
    spki = openssl("ec", "-pubout", "-outform", "DER", data=private)
    short = openssl("ec", "-pubout", "-outform", "DER", "-conv_form", "compressed", data=private)
    digest = sha(spki)
    return {"spki": spki.hex(), "point": short[-33:].hex(),
            "text": base64.urlsafe_b64encode(short[-33:]).decode(),
            "name": base64.b32encode(digest).decode().lower().rstrip("=") + ".sealpost.invalid",
            "fingerprint": "SHA256:" + base64.b64encode(digest).decode().rstrip("="),
            "pin": "sha256//" + base64.b64encode(digest).decode()}


def text(value):
    data = value.encode()
    return struct.pack("<H", len(data)) + data


def signed(first, second):
    server, nonce, client = bytes.fromhex(first["spki"]), bytes(range(48)), bytes(range(100, 116))
    return {
        "nonce": nonce.hex(), "clientId": client.hex(),
        "login": (b"sealpost-4 login\0" + server + client + nonce).hex(),
        "register": (b"sealpost-4 register\0" + server + nonce + text("Zoë") + text("inv-1")).hex(),
        "device": (b"sealpost-4 device\0" + server + nonce + text("laptop") + text("device-x")).hex(),
        "rotate": (b"sealpost-4 rotate\0" + server + bytes.fromhex(second["spki"])
                   + text("2026-11-29T12:00:00.000Z")).hex(),
    }


def frame(kind, number, body):
    return (struct.pack("<BBHII", kind, 0, 0, number, len(body)) + body).hex()


def frames():
    metadata = '{"path":"photos/ü.jpg","mtime":"1700000000123000000","mode":"644"}'
    folder = '{"path":"photos"}'
    data = b"hello"
    return {
        "file": {"hex": frame(1, 7, text(metadata) + sha(data) + data), "metadata": json.loads(metadata),
                 "content": data.hex()},
        "folder": {"hex": frame(2, 0xfffffffe, folder.encode()), "metadata": json.loads(folder)},
        "flush": {"hex": frame(3, 0, b"")},
        "done": {"hex": frame(0x81, 0, struct.pack("<III", 1, 7, 0xfffffffe)), "ids": [1, 7, 0xfffffffe]},
        "refused": {"hex": frame(0x82, 9, text("quota-exceeded") + "Full: ü".encode()),
                    "reason": "quota-exceeded", "message": "Full: ü"},
    }


first, second = key(), key()
print(json.dumps({"trees": trees(), "withoutDomainSeparation": without_domain_separation(),
                  "keys": [first, second] + [key() for _ in range(6)],
                  "signed": signed(first, second), "frames": frames()}, indent=2, ensure_ascii=False))
