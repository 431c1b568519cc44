"""Hooks around the snapshot; replies with the order in which things ran."""

import mayfly

order = ["import"]


@mayfly.before_snapshot
def before():
    order.append("before_snapshot")


@mayfly.after_restore
def after():
    order.append("after_restore")


def handler(event, context):
    return order + ["handler"]
