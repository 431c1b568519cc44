"""A page from a template: a table of escaped rows, as a web function renders it."""

import html
import random
import string

PAGE = string.Template(
    "<!doctype html><html><head><title>$title</title></head>"
    "<body><h1>$title</h1><table>$rows</table><p>$count rows</p></body></html>"
)
ROW = string.Template("<tr class='$kind'><td>$number</td><td>$name</td><td>$note</td></tr>")


def make_event(seed):
    generator = random.Random(seed)
    rows = [
        {"name": f"<{generator.randrange(10**9):x}>", "note": "a & b " * generator.randrange(1, 8)}
        for _ in range(300)
    ]
    return {"title": f"Report {seed}", "rows": rows}


def handler(event, context):
    rows = "".join(
        ROW.substitute(
            kind="even" if number % 2 == 0 else "odd",
            number=number,
            name=html.escape(row["name"]),
            note=html.escape(row["note"]),
        )
        for number, row in enumerate(event["rows"])
    )
    return {"page": PAGE.substitute(title=html.escape(event["title"]), rows=rows, count=len(event["rows"]))}
