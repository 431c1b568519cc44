"""A database in a file in /tmp: create, read, update, delete."""

import os
import random
import sqlite3
import tempfile


def make_event(seed):
    return {"seed": seed, "rows": 400}


def handler(event, context):
    generator = random.Random(event["seed"])
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "bench.db")
    database = sqlite3.connect(path)
    # A function's /tmp is memory: waiting for a host's disk would only measure that disk.
    database.execute("pragma synchronous = off")
    with database:
        database.execute("create table item (id integer primary key, name text, price real)")
        database.execute("create index by_name on item (name)")
        rows = [(i, f"item {generator.randrange(1000)}", generator.randrange(10_000) / 4) for i in range(event["rows"])]
        database.executemany("insert into item values (?, ?, ?)", rows)
    with database:
        for i in range(0, event["rows"], 4):
            database.execute("update item set price = price * 2 where id = ?", (i,))
        database.execute("delete from item where id % 7 = 0")
    names = database.execute("select name, count(*), sum(price) from item group by name order by name limit 20")
    reply = {"names": names.fetchall(), "left": database.execute("select count(*) from item").fetchone()[0]}
    database.close()
    os.remove(path)
    os.rmdir(folder)
    return reply
