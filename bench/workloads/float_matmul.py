"""Floating-point functions in a loop, and a product of two matrices as lists."""

import math
import random

SIDE = 60


def make_event(seed):
    generator = random.Random(seed)
    matrix = lambda: [[generator.randrange(100) / 8 for _ in range(SIDE)] for _ in range(SIDE)]
    return {"a": matrix(), "b": matrix(), "n": 20_000}


def handler(event, context):
    total = 0.0
    for i in range(event["n"]):
        total += math.sqrt(i) * math.sin(i) + math.cos(i) / (i + 1)
    columns = list(zip(*event["b"]))
    product = [[sum(map(float.__mul__, row, column)) for column in columns] for row in event["a"]]
    return {"total": total, "trace": sum(product[i][i] for i in range(SIDE)), "corner": product[0][-1]}
