"""A product of two 500 x 500 matrices with numpy."""

import numpy

SIDE = 500


def make_event(seed):
    return {"seed": seed}


def handler(event, context):
    # Small whole numbers: the product is exact, whatever the order of its sums.
    numbers = numpy.arange(SIDE * SIDE, dtype=float).reshape(SIDE, SIDE)
    a = (numbers * 7 + event["seed"]) % 31
    b = (numbers * 5 + event["seed"]) % 29
    product = a @ b
    return {"sum": float(product.sum()), "trace": float(numpy.trace(product)), "corner": float(product[0, -1])}
