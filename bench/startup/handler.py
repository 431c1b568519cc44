"""The function that is measured, in a microVM and in the fork() peer alike."""


def handler(event, context):
    return {"greeting": "hello " + event["name"], "n": sum(range(event["n"]))}
