"""Signs and seals with dkimpy: a list of tasks as JSON in, a list of header fields in base64 or of {"error": text} out."""
import base64
import json
import sys

import dkim


def made(task):
    message = base64.b64decode(task["message"])
    selector, domain, key = (task[name].encode() for name in ("selector", "domain", "key"))
    if task["kind"] == "seal":
        return b"".join(dkim.arc_sign(message, selector, domain, key, task["id"].encode(), linesep=b"\r\n"))
    return dkim.sign(
        message,
        selector,
        domain,
        key,
        canonicalize=(task["header"].encode(), task["body"].encode()),
        signature_algorithm=task["algorithm"].encode(),
        include_headers=[name.encode() for name in task["names"]],
        length=task["length"],
        linesep=b"\r\n",
    )


def answer(task):
    try:
        return base64.b64encode(made(task)).decode()
    # Not only its own errors: see what it makes of the message.
    except Exception as error:
        return {"error": repr(error)}


json.dump([answer(task) for task in json.load(sys.stdin)], sys.stdout)
