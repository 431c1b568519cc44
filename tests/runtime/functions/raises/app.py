"""Outcome: function error, with this file in its stackTrace."""


class OrderRefused(Exception):
    pass


def refuse(order):
    raise OrderRefused(f"order {order} is refused")


def handler(event, context):
    return "ok" if event.get("behave") else refuse(event.get("order", 7))
