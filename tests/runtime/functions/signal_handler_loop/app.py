"""Loops inside a signal handler, with all other signals blocked. Outcome: timed out."""

import signal


def spin(number, frame):
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        pass


def handler(event, context):
    if event.get("behave"):
        return "ok"
    signal.signal(signal.SIGUSR1, spin)
    signal.raise_signal(signal.SIGUSR1)
