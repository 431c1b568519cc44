"""sqlite3 on a file: transactions, journals, indexes, several connections, memory-mapped reads."""

import os
import sqlite3
import threading

from checks import check, finish

PATH = "/tmp/database.sqlite"


def connect():
    return sqlite3.connect(PATH, timeout=30)


with connect() as database:
    database.execute("create table numbers (n integer primary key, square integer, name text)")
    database.executemany("insert into numbers values (?, ?, ?)", ((n, n * n, f"number {n}") for n in range(50_000)))
    database.execute("create index by_name on numbers (name)")
count, total = connect().execute("select count(*), sum(square) from numbers").fetchone()
check((count, total) == (50_000, sum(n * n for n in range(50_000))), "rows that were inserted")
check(connect().execute("select n from numbers where name = 'number 777'").fetchone() == (777,), "a row by its index")

other = connect()
other.execute("begin")
other.execute("delete from numbers where n > 100")
other.rollback()
check(connect().execute("select count(*) from numbers").fetchone() == (50_000,), "a rollback")

for mode in ("wal", "truncate", "persist", "memory", "delete"):
    database = connect()
    got = database.execute(f"pragma journal_mode={mode}").fetchone()[0]
    check(got == mode, f"journal mode {mode}, got {got}")
    with database:
        database.execute("insert into numbers values (?, 0, ?)", (1_000_000 + len(mode) + hash(mode) % 1000, mode))
    check(database.execute("select count(*) from numbers where name = ?", (mode,)).fetchone() == (1,), f"a row in {mode}")
    database.close()

mapped = connect()
mapped.execute("pragma mmap_size=268435456")
check(mapped.execute("select max(square) from numbers").fetchone() == (49_999**2,), "a read by mmap")
check(mapped.execute("pragma integrity_check").fetchone() == ("ok",), "integrity")

with connect() as database:
    database.execute("create table log (thread integer, n integer)")


def write(thread):
    database = connect()
    for n in range(50):
        with database:
            database.execute("insert into log values (?, ?)", (thread, n))
    database.close()


writers = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
for writer in writers:
    writer.start()
for writer in writers:
    writer.join()
check(connect().execute("select count(*) from log").fetchone() == (200,), "rows of four writers")

copy = sqlite3.connect("/tmp/copy.sqlite")
connect().backup(copy)
check(copy.execute("select count(*) from log").fetchone() == (200,), "a backup")
connect().execute("vacuum")
check(os.path.getsize(PATH) > 1_000_000, "the file after a vacuum")
memory = sqlite3.connect(":memory:")
memory.execute("create virtual table text using fts5(body)")
memory.execute("insert into text values ('a function in its own microVM'), ('something else')")
check(memory.execute("select count(*) from text where text match 'microvm'").fetchone() == (1,), "full text search")
finish()
