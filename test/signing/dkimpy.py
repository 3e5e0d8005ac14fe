"""Verifies messages with dkimpy: {"records": {name: text}, "messages": [base64]} in, {"dkim": [[bool]], "arc": [text]} out."""
import base64
import json
import sys

import dkim

given = json.load(sys.stdin)
records = {name + ".": text.encode() for name, text in given["records"].items()}


def ask(name, timeout=5):
    return records.get(name.decode() if isinstance(name, bytes) else name)


found = {"dkim": [], "arc": []}
for text in given["messages"]:
    message = base64.b64decode(text)
    try:
        dkim.DKIM(message)
    except dkim.MessageFormatError:
        found["dkim"].append(["unreadable"])
        found["arc"].append("unreadable")
        continue
    count = sum(name.lower() == b"dkim-signature" for name, _ in dkim.DKIM(message).headers)
    results = []
    for index in range(count):
        try:
            results.append(bool(dkim.DKIM(message).verify(idx=index, dnsfunc=ask)))
        # Not only its own errors: the cryptography below it has others, for signatures of another size.
        except Exception as error:
            results.append(str(error))
    found["dkim"].append(results)
    # No status at all: the newest seal says that the chain is broken.
    try:
        status, _, _ = dkim.arc_verify(message, dnsfunc=ask)
        found["arc"].append("terminated" if status is None else status.decode())
    except Exception as error:
        found["arc"].append(repr(error))
json.dump(found, sys.stdout)
