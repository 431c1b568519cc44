"""No function is created: the import never ends (the limit of creation says so)."""

import time

while True:
    time.sleep(1)
