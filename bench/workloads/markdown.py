"""Markdown to HTML: headings, lists, emphasis, code, links, paragraphs."""

import html
import random
import re

INLINE = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"\*([^*]+)\*"), r"<em>\1</em>"),
    (re.compile(r"\[([^\]]+)\]\(([^)]+)\)"), r'<a href="\2">\1</a>'),
)
HEADING = re.compile(r"(#{1,6}) +(.*)")

WORDS = "snapshot memory page guest kernel event reply *reset* **restore** `exit()` [fault](https://example.org/f)"


def make_event(seed):
    generator = random.Random(seed)
    words = WORDS.split()
    blocks = []
    for number in range(120):
        text = " ".join(generator.choices(words, k=generator.randrange(10, 40)))
        kind = number % 4
        if kind == 0:
            blocks.append("#" * generator.randrange(1, 5) + " " + text[:60].replace("*", ""))
        elif kind == 1:
            blocks.append("\n".join("- " + word for word in text.split()[:8]))
        elif kind == 2:
            blocks.append("```\n" + text + "\n```")
        else:
            blocks.append(text)
    return {"markdown": "\n\n".join(blocks)}


def inline(text):
    text = html.escape(text, quote=False)
    for pattern, replacement in INLINE:
        text = pattern.sub(replacement, text)
    return text


def block(text):
    if heading := HEADING.fullmatch(text):
        level = len(heading[1])
        return f"<h{level}>{inline(heading[2])}</h{level}>"
    lines = text.split("\n")
    if lines[0] == "```":
        return "<pre>" + html.escape("\n".join(lines[1:-1])) + "</pre>"
    if all(line.startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{inline(line[2:])}</li>" for line in lines) + "</ul>"
    return f"<p>{inline(text)}</p>"


def handler(event, context):
    return {"html": "\n".join(block(text) for text in event["markdown"].split("\n\n"))}
