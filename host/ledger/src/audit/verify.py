#!/usr/bin/env python3
"""Verifies this folder: with the standard library of Python 3 and the program openssl, and nothing else.

It says whether the files are those of SHA256SUMS and that file is signed by the key in key.pem, whether the checkpoint is
signed by the key in key.pem, whether all hashes lead to its root, whether the entries and bodies here are the ones that were
hashed, and which numbers are missing.
Compare the key that it prints with the one that you got from the operator in another way: they are the same line.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile

# What stands before the bytes of a public key in DER, and before them in the line that names the key.
KINDS = {
    "key.pem": (bytes.fromhex("302a300506032b6570032100"), b"\x01"),
    "sm2-key.pem": (bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200"), b"\xffspecialis.sm2-sm3"),
}
FOLDER = os.path.dirname(os.path.abspath(__file__))
problems = []


def path(name):
    return os.path.join(FOLDER, name)


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def counted(n, one, many):
    return "%d %s" % (n, one if n == 1 else many)


def check(is_right, text):
    print(("ok   " if is_right else "FAIL ") + text)
    if not is_right:
        problems.append(text)


def files_are_those_of_the_sums():
    for line in read("SHA256SUMS").decode().splitlines():
        wanted, name = line.split("  ", 1)
        check(hashlib.sha256(read(name)).hexdigest() == wanted, "file " + name)


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes):
    """The root of RFC 6962: peaks of complete subtrees from the left, joined from the right."""
    peaks = []
    for hash_ in hashes:
        peaks.append((1, hash_))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (width, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * width, node(left, right)))
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks.pop()[1]
    while peaks:
        root = node(peaks.pop()[1], root)
    return root


def checkpoint_is_signed(text, origin):
    """Ed25519 by openssl: the signature is what follows four bytes that say which key."""
    body, signatures = text.rsplit("\n\n", 1)
    body += "\n"
    for line in signatures.splitlines():
        _, name, encoded = line.split(" ", 2)
        signature = base64.b64decode(encoded)[4:]
        if name != origin or len(signature) != 64:
            continue
        with tempfile.TemporaryDirectory() as folder:
            message, signed = os.path.join(folder, "message"), os.path.join(folder, "signature")
            with open(message, "wb") as file:
                file.write(body.encode())
            with open(signed, "wb") as file:
                file.write(signature)
            command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", path("key.pem"),
                       "-in", message, "-sigfile", signed]
            if subprocess.run(command, capture_output=True).returncode == 0:
                return True
    return False


def openssl_accepts(key, signature, more=()):
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", path(key), "-in", path("SHA256SUMS"),
               "-sigfile", path(signature)] + list(more)
    return subprocess.run(command, capture_output=True).returncode == 0


def tell_key(origin, name):
    """Prints a key as the operator has it from `ledger init`. openssl reads it, so that it is the one that the checks are made with."""
    command = ["openssl", "pkey", "-pubin", "-in", path(name), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True).stdout
    before, kind = KINDS[name]
    if not der.startswith(before):
        return check(False, name + " is a key of another kind")
    tagged = kind + der[len(before):]
    which = hashlib.sha256(origin.encode() + b"\n" + tagged).hexdigest()[:8]
    print("     compare this key with the one that the operator gave you in another way:")
    print("%s+%s+%s" % (origin, which, base64.b64encode(tagged).decode()))


def sums_are_signed(origin):
    check(openssl_accepts("key.pem", "SHA256SUMS.sig"), "SHA256SUMS is signed by key.pem")
    if not os.path.exists(path("SHA256SUMS.sm2")):
        return
    digests = subprocess.run(["openssl", "list", "-public-key-algorithms"], capture_output=True).stdout
    if b"SM2" not in digests:
        print("     not checked: this openssl has no SM2, so the signature of sm2-key.pem is for one that has")
        return
    more = ("-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
    check(openssl_accepts("sm2-key.pem", "SHA256SUMS.sm2", more), "SHA256SUMS is signed by sm2-key.pem, by SM2 with SM3")
    tell_key(origin, "sm2-key.pem")


def stamps_are_on_this_log(origin, hashes):
    """A stamped checkpoint is an earlier state of this log. Whom to trust as an authority is for the reader to say."""
    for name in sorted(os.listdir(FOLDER)):
        if not (name.startswith("stamp-") and name.endswith(".checkpoint")):
            continue
        stamped_origin, size, root = read(name).decode().split("\n")[:3]
        is_state = int(size) <= len(hashes) and base64.b64encode(root_of(hashes[:int(size)])).decode() == root
        check(stamped_origin == origin and is_state, "the stamped checkpoint of %s entries is a state of this log" % size)
        print("     when, by which authority: openssl ts -verify -in %s -data %s -CAfile AUTHORITY.pem"
              % (name.replace(".checkpoint", ".tsr"), name))


def numbers_follow(entries):
    """Each boot counts from 0; a gap says how many numbers were not kept."""
    following, n_in_gaps, missing = {}, 0, []
    for index, entry in entries:
        if entry.get("part", 0):
            continue
        boot, n = entry["boot"], entry["n"]
        wanted = following.get(boot)
        if wanted is not None and n != wanted:
            missing.append("boot %s: from %d to before %d" % (boot, wanted, n))
        count = entry["info"]["count"] if entry["kind"] == "gap" else 1
        n_in_gaps += count if entry["kind"] == "gap" else 0
        following[boot] = n + count
    check(not missing, "no number is missing" + "".join("; " + one for one in missing))
    print("     %s not kept, as gaps say" % counted(n_in_gaps, "record was", "records were"))


def main():
    files_are_those_of_the_sums()
    text = read("checkpoint").decode()
    origin, size, root = text.split("\n")[:3]
    sums_are_signed(origin)
    check(checkpoint_is_signed(text, origin), "the checkpoint of %s is signed by key.pem" % origin)
    tell_key(origin, "key.pem")
    raw = read("hashes.bin")
    hashes = [raw[at:at + 32] for at in range(0, len(raw), 32)]
    check(len(hashes) == int(size), "there are hashes of all %s entries" % size)
    check(base64.b64encode(root_of(hashes)).decode() == root, "the hashes lead to the signed root")
    stamps_are_on_this_log(origin, hashes)
    entries, wrong = [], []
    for line in read("entries.txt").decode().splitlines():
        index, leaf = line.split(" ", 1)
        index = int(index)
        if index >= len(hashes) or hashlib.sha256(b"\x00" + leaf.encode()).digest() != hashes[index]:
            wrong.append(index)
        entries.append((index, json.loads(leaf)))
    said = counted(len(entries), "entry is the one that was signed", "entries are the ones that were signed")
    check(not wrong, said + "".join(" not %d" % n for n in wrong))
    follow = [index for index, _ in entries]
    check(follow == list(range(follow[0], follow[0] + len(follow))) if follow else True, "no entry is left out between")
    numbers_follow(entries)
    by_index, wrong, n_bodies = dict(entries), [], 0
    for line in read("bodies.jsonl").decode().splitlines():
        body = json.loads(line)
        bytes_ = bytes.fromhex(body["salt"]) + body["json"].encode()
        n_bodies += 1
        if by_index.get(body["index"], {}).get("body") != "sha256:" + hashlib.sha256(bytes_).hexdigest():
            wrong.append(body["index"])
    said = counted(n_bodies, "body is that of its entry", "bodies are those of their entries")
    check(not wrong, said + "".join(" not %d" % n for n in wrong))
    print("everything holds" if not problems else counted(len(problems), "check", "checks") + " failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
